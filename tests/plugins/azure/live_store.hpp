// SPDX-License-Identifier: Apache-2.0
//
// The driver on the Azurite of BERTH_AZURITE_*, opened in every way there is.
#pragma once

#include <ctime>
#include <string>
#include <vector>

#include "common/crypto.hpp"
#include "driver.hpp"
#include "support/live_store.hpp"
#include "support/plain_request.hpp"
#include "support/scripted_server.hpp"

namespace berth::test {

using Lines = std::vector<std::string>;
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
  given["accountkey"].clear();
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

struct AzuriteServer {
  using Driver = azure::AzureDriver;
  static Given parameters() { return azurite(); }
};
using Store = LiveStoreOf<AzuriteServer>;

inline http::Response fetch(const std::string& method, const std::string& url,
                            std::string_view body = {}) {
  Given headers;
  if (method == "PUT") headers.emplace("x-ms-blob-type", "BlockBlob");
  return plain_request(method, url, headers, body, environment("BERTH_AZURITE_CA"));
}

}  // namespace berth::test
