// SPDX-License-Identifier: Apache-2.0
//
// The driver on Azurite (tests/servers/azurite.sh): every way to sign, both
// styles of addressing, URLs, and what only a server with a memory shows. Each
// case works below a root of its own.
#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>
#include <memory>
#include <stdexcept>
#include <thread>

#include "azure_driver.hpp"
#include "common/crypto.hpp"
#include "common/own_call.hpp"
#include "removing.hpp"
#include "support/driver_calls.hpp"
#include "support/scripted_server.hpp"

using namespace berth;
using namespace berth::test;
using Lines = std::vector<std::string>;
using Given = std::map<std::string, std::string>;

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  if (!value)
    throw std::runtime_error(std::string(name) +
                             " is not set; start a server with tests/servers/azurite.sh start");
  return value;
}

Given azurite(Given more = {}) {
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

std::string base64_url(const std::string& bytes) {
  std::string text = common::base64(bytes);
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text.substr(0, text.find('='));
}

// Azurite looks at the claims of a token and not at its signature.
std::string token() {
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

ScriptedServer& authority() {
  static ScriptedServer server([](const SeenRequest&) {
    return Answer(200, R"({"expires_in":3600,"access_token":")" + token() + "\"}");
  });
  return server;
}

Given by_token() {
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
Given by_host() {
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

std::string letters(size_t size) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * 7 / 1000 % 26);
  return text;
}

http::Response fetch(const std::string& method, const std::string& url,
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

}  // namespace

TEST_CASE("what is put can be read: by path, by host name, with tokens over https") {
  for (const Given& given : {azurite(), by_host(), by_token()}) {
    const Store store(given);
    put(*store, "/d/a", "hello");
    CHECK(get(*store, "/d/a") == "hello");
    CHECK(read(*store, "/d/a", {1, 3}) == "ell");
    CHECK(read(*store, "/d/a", {5, 3}).empty());
    CHECK(stat(*store, "/d/a").size == 5);
    CHECK(stat(*store, "/d").directory);
    CHECK(list(*store, "/d") == Lines{"/d/a"});
    move(*store, "/d/a", "/e");
    CHECK(list(*store, "/") == Lines{"/e"});
  }
}

TEST_CASE("names that need encoding come back as they were") {
  for (const Given& given : {azurite(), by_host(), by_token()}) {
    const Store store(given);
    for (const std::string name :
         {"/aG59()*&^#@$?", "/&<>\"'", "/a%20b c+d", "/50%", "/\xc3\xa9~!="}) {
      put(*store, name, name);
      CHECK(get(*store, name) == name);
      CHECK(list(*store, "/") == Lines{name});
      store->copy(name, "/copy" + name, FakeCall());
      CHECK(get(*store, "/copy" + name) == name);
      remove(*store, "/copy");
      remove(*store, name);
    }
  }
}

TEST_CASE(
    "URLs read, tell and write one blob, with the account's key and with "
    "a token's") {
  for (const Given& given : {azurite(), by_host(), by_token()}) {
    const Store store(given);
    put(*store, "/d/a b+c&d.txt", "hello");
    const auto url = [&](const char* method, const char* path) {
      return store->url_for(path, {method, std::chrono::minutes(5)}, FakeCall());
    };
    CHECK(fetch("GET", url("GET", "/d/a b+c&d.txt")).body == "hello");
    CHECK(fetch("HEAD", url("HEAD", "/d/a b+c&d.txt")).status == 200);
    CHECK(fetch("PUT", url("PUT", "/new"), "from outside").status == 201);
    CHECK(get(*store, "/new") == "from outside");
    CHECK(fetch("PUT", url("GET", "/new"), "no").status == 403);
    std::string forged = url("GET", "/new");
    forged.replace(forged.find("sp=r"), 4, "sp=w");
    CHECK(fetch("GET", forged).status == 403);
  }
}

TEST_CASE(
    "an unfinished upload is continued by another process and seen only "
    "when committed") {
  const Store store;
  const std::string bytes = letters(400'000);
  {
    const auto w = writer(*store, "/up");
    write(*w, std::string_view(bytes).substr(0, 200'000));
    keep(*w);
  }
  CHECK(status_of([&] { stat(*store, "/up"); }) == BERTH_PATH_NOT_FOUND);
  const auto other = store.again();
  const auto w = appender(*other, "/up");
  CHECK(w->size() == 200'000);
  write(*w, std::string_view(bytes).substr(200'000));
  commit(*w);
  CHECK(get(*store, "/up") == bytes);
}

TEST_CASE("an upload that was never committed goes with its directory") {
  const Store store;
  put(*store, "/_uploads/u/startedat", "now");
  const auto w = writer(*store, "/_uploads/u/data");
  write(*w, letters(200'000));
  keep(*w);
  remove(*store, "/_uploads/u");
  CHECK(status_of([&] { appender(*store, "/_uploads/u/data"); }) == BERTH_PATH_NOT_FOUND);
}

TEST_CASE("hundreds of blobs go by batches, whoever signs, but for one that is leased") {
  for (const Given& given : {azurite(), by_host(), by_token()}) {
    Given there = given;
    there["legacyleadingslash"] = "true";
    const FakeParameters parameters(azure::AzureDriver::parameters, there);
    azure::AzureDriver::init();
    azure::Container container(parameters.parameters());
    const FakeCall call;
    const std::string folder = "/batch-" + common::hex(common::random_bytes(6)) + "/a b+c&/";
    Lines blobs;
    for (int i = 0; i < 300; ++i) blobs.push_back(folder + std::to_string(i));
    for (const std::string& blob : blobs) container.put(blob, "x", {}, {}, call);
    azure::Operation lease;
    lease.method = "PUT";
    lease.blob = blobs[7];
    lease.query = {{"comp", "lease"}};
    lease.headers = {{"x-ms-lease-action", "acquire"}, {"x-ms-lease-duration", "-1"}};
    azure::Container::check(container.send(lease, call), lease);
    CHECK(message_of([&] {
            remove_blobs(container, blobs, call);
          }).find("7': another program holds a lease on it") != std::string::npos);
    lease.headers = {{"x-ms-lease-action", "break"}, {"x-ms-lease-break-period", "0"}};
    azure::Container::check(container.send(lease, call), lease);
    for (const std::string& blob : blobs)
      CHECK(container.head(blob, call).has_value() == (blob == blobs[7]));
    remove_blobs(container, {blobs[7], blobs[8]}, call);
    CHECK_FALSE(container.head(blobs[7], call));
    CHECK(container.takes_batches());
  }
}

TEST_CASE("many threads put one object and it is always whole") {
  const Store store;
  const std::string link = "sha256:" + std::string(64, 'e');
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) threads.emplace_back([&] { put(*store, "/link", link); });
  for (std::thread& thread : threads) thread.join();
  CHECK(get(*store, "/link") == link);
}

TEST_CASE("a missing container is an error unless it may be created") {
  const auto driver = open_driver<azure::AzureDriver>(
      azurite({{"container", "never-made"}, {"createcontainer", "false"}}));
  CHECK(message_of([&] { list(*driver, "/"); }) ==
        "cannot list the container: the container does not exist; create it, "
        "or set "
        "createcontainer");
}

TEST_CASE("a wrong key is refused as such") {
  const auto driver =
      open_driver<azure::AzureDriver>(azurite({{"accountkey", common::base64("wrong")}}));
  CHECK(status_of([&] { get(*driver, "/a"); }) == BERTH_PERMISSION_DENIED);
}
