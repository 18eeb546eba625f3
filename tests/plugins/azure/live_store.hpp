// SPDX-License-Identifier: Apache-2.0
//
// The driver on the Azurite of BERTH_AZURITE_*, opened in every way there is, below a root of its
// own that is emptied at the end.
#ifndef BERTH_TESTS_AZURE_LIVE_STORE_HPP
#define BERTH_TESTS_AZURE_LIVE_STORE_HPP

#include <cstdlib>
#include <ctime>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "azure_driver.hpp"
#include "common/crypto.hpp"
#include "common/own_call.hpp"
#include "support/driver_calls.hpp"
#include "support/scripted_server.hpp"

namespace berth::test {

using Lines = std::vector<std::string>;
using Given = std::map<std::string, std::string>;

inline std::string environment(const char* name) {
  const char* value = std::getenv(name);
  if (!value)
    throw std::runtime_error(std::string(name) +
                             " is not set; start a server with tests/servers/azurite.sh start");
  return value;
}

inline Given azurite(Given more = {}) {
  more.emplace("serviceurl", environment("BERTH_AZURITE_URL"));
  more.emplace("accountname", environment("BERTH_AZURITE_ACCOUNT"));
  more.emplace("accountkey", environment("BERTH_AZURITE_KEY"));
  more.emplace("container", "driver-tests");
  more.emplace("createcontainer", "true");
  more.emplace("legacyleadingslash", "false");
  more.emplace("chunksize", "65536");
  more.emplace("proxy", "none");
  return more;
}

inline std::string base64_url(const std::string& bytes) {
  std::string text = common::base64(bytes);
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text.substr(0, text.find('='));
}

// Azurite looks at the claims of a token and not at its signature.
inline std::string token() {
  const std::string now = std::to_string(std::time(nullptr));
  const std::string end = std::to_string(std::time(nullptr) + 3600);
  const std::string claims =
      R"({"aud":"https://storage.azure.com",)"
      R"("iss":"https://sts.windows.net/ab1f708d-50f6-404c-a006-d71b2ac7a606/",)"
      R"("oid":"23657296-5cd5-45b0-a809-d972a7f4dfe1",)"
      R"("tid":"ab1f708d-50f6-404c-a006-d71b2ac7a606","iat":)" +
      now + R"(,"nbf":)" + now + R"(,"exp":)" + end + "}";
  return base64_url(R"({"alg":"HS256","typ":"JWT"})") + '.' + base64_url(claims) + '.' +
         base64_url("signature");
}

inline ScriptedServer& authority() {
  static ScriptedServer server([](const SeenRequest&) {
    return Answer(200, R"({"expires_in":3600,"access_token":")" + token() + "\"}");
  });
  return server;
}

inline Given by_token() {
  Given given = azurite({{"serviceurl", environment("BERTH_AZURITE_URL_TLS")},
                         {"cafile", environment("BERTH_AZURITE_CA")},
                         {"authorityhost", authority().url()},
                         {"credentials.type", "client_secret"},
                         {"credentials.clientid", "c"},
                         {"credentials.tenantid", "t"},
                         {"credentials.secret", "s"}});
  given.erase("accountkey");
  return given;
}

// The account in the host name, as at the real service.
inline Given by_host() {
  Given given = azurite();
  std::string& url = given["serviceurl"];
  const size_t slash = url.rfind('/');
  const std::string account = url.substr(slash + 1);
  url = url.substr(0, slash);
  url.replace(url.find("127.0.0.1"), 9, account + ".blob.localhost");
  return given;
}

class Store {
 public:
  explicit Store(Given given = azurite()) : root_("t-" + common::hex(common::random_bytes(6))) {
    azure::AzureDriver::init();
    given["rootdirectory"] = root_;
    given_ = given;
    driver_ = open_driver<azure::AzureDriver>(given);
  }
  ~Store() {
    for (const std::string& name : list(*driver_, "/"))
      remove(*driver_, name.back() == '/' ? name.substr(0, name.size() - 1) : name);
  }
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  azure::AzureDriver& operator*() const { return *driver_; }
  azure::AzureDriver* operator->() const { return driver_.get(); }

  // What the service calls it.
  std::string blob(const std::string& path) const { return root_ + path; }

  std::unique_ptr<azure::AzureDriver> again(const Given& changes = {}) const {
    Given given = given_;
    for (const auto& [key, value] : changes) given[key] = value;
    return open_driver<azure::AzureDriver>(given);
  }

 private:
  const std::string root_;
  Given given_;
  std::unique_ptr<azure::AzureDriver> driver_;
};

inline std::string letters(size_t size) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * 7 / 1000 % 26);
  return text;
}

inline http::Response fetch(const std::string& method, const std::string& url,
                            const std::string& body = {}) {
  http::ClientOptions options;
  options.proxy = "none";
  options.cafile = environment("BERTH_AZURITE_CA");
  http::Client client(options);
  http::Request request;
  request.method = method;
  request.url = http::Url::parse(url, "url");
  request.body = body;
  if (method == "PUT") request.headers.add("x-ms-blob-type", "BlockBlob");
  return client.send(request, common::unending_call());
}

}  // namespace berth::test

#endif  // BERTH_TESTS_AZURE_LIVE_STORE_HPP
