// SPDX-License-Identifier: Apache-2.0
//
// The driver on Azurite (tests/servers/azurite.sh): every way to sign, both
// styles of addressing, URLs, and what only a server with a memory shows. Each
// case works below a root of its own.
#include <doctest/doctest.h>

#include <thread>

#include "live_store.hpp"
#include "remove.hpp"

using namespace berth;
using namespace berth::test;

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
      const auto url = [&](const char* method) {
        return store->url_for(name, {method, std::chrono::minutes(5)}, FakeCall());
      };
      CHECK(fetch("GET", url("GET")).body == name);
      CHECK(fetch("HEAD", url("HEAD")).status == 200);
      CHECK(fetch("PUT", url("PUT"), "from outside").status == 201);
      CHECK(get(*store, name) == "from outside");
      put(*store, name, name);
      store->copy(name, "/copy" + name, {}, FakeCall());
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
  const std::string bytes = noise(400'000);
  {
    const auto w = writer(*store, "/up");
    write(*w, std::string_view(bytes).substr(0, 200'000));
    keep(*w);
  }
  CHECK(status_of([&] { stat(*store, "/up"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  const auto other = store.again();
  const auto w = appender(*other, "/up");
  CHECK(w->size() == 200'000);
  write(*w, std::string_view(bytes).substr(200'000));
  commit(*w);
  CHECK(get(*store, "/up") == bytes);
}

TEST_CASE("an append that nobody ended loses nothing of a blob that was put whole") {
  const Store store;
  const std::string bytes = noise(3 * 65'536 + 5);
  put(*store, "/a", bytes);
  { const auto w = appender(*store, "/a"); }
  const auto w = appender(*store, "/a");
  CHECK(w->size() == bytes.size());
  write(*w, "more");
  keep(*w);
  const auto other = store.again();
  const auto v = appender(*other, "/a");
  CHECK(v->size() == bytes.size() + 4);
  commit(*v);
  CHECK(get(*store, "/a") == bytes + "more");
}

// The rule for unfinished uploads.
namespace {
void leave_upload(const Store& store, const char* path) {
  const auto w = writer(*store, path);
  write(*w, "stale");
  keep(*w);
}
}  // namespace

TEST_CASE("an upload that a whole write voided does not come back when the blob goes away") {
  for (const char* way : {"put", "copy", "move"})
    for (const bool removes : {true, false}) {
      CAPTURE(way);
      CAPTURE(removes);
      const Store store;
      leave_upload(store, "/k");
      put(*store, way == std::string("put") ? "/k" : "/other", "new");
      if (way == std::string("copy")) store->copy("/other", "/k", {}, FakeCall());
      if (way == std::string("move")) move(*store, "/other", "/k");
      CHECK(read(*store, "/k") == "new");
      removes ? remove(*store, "/k") : move(*store, "/k", "/away");
      CHECK(status_of([&] { appender(*store, "/k"); }) == BERTH_STATUS_PATH_NOT_FOUND);
    }
}

TEST_CASE("a writer that a put overtook fails to close and to commit") {
  for (const bool closes : {true, false})
    for (const size_t size : {size_t{3}, size_t{200'000}}) {
      const Store store;
      const auto w = writer(*store, "/k");
      write(*w, noise(size));
      put(*store, "/k", "new");
      CHECK(status_of([&] { closes ? keep(*w) : commit(*w); }) == BERTH_STATUS_PRECONDITION_FAILED);
      CHECK(get(*store, "/k") == "new");
      CHECK(appender(*store, "/k")->size() == 3);
    }
}

TEST_CASE("remove of a path with nothing but an unfinished upload succeeds, once") {
  const Store store;
  leave_upload(store, "/d/k");
  remove(*store, "/d");
  CHECK(status_of([&] { appender(*store, "/d/k"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(status_of([&] { remove(*store, "/d"); }) == BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE("an upload that was never committed goes with its directory") {
  const Store store;
  put(*store, "/_uploads/u/startedat", "now");
  const auto w = writer(*store, "/_uploads/u/data");
  write(*w, noise(200'000));
  keep(*w);
  remove(*store, "/_uploads/u");
  CHECK(status_of([&] { appender(*store, "/_uploads/u/data"); }) == BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE("blobs go by batches, one or several, whoever signs, but for one that is leased") {
  const std::vector<std::pair<Given, int>> ways{{azurite(), 300}, {by_host(), 9}, {by_token(), 9}};
  for (const auto& [given, count] : ways) {
    Given there = given;
    there["legacyleadingslash"] = "true";
    const FakeParameters parameters(azure::AzureDriver::parameters, there);
    azure::AzureDriver::init();
    azure::Container container(parameters.parameters());
    const FakeCall call;
    const std::string folder = "/batch-" + common::hex(common::random_bytes(6)) + "/a b+c&/";
    Lines blobs;
    for (int i = 0; i < count; ++i) blobs.push_back(folder + std::to_string(i));
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
  CHECK(status_of([&] { get(*driver, "/a"); }) == BERTH_STATUS_PERMISSION_DENIED);
}
