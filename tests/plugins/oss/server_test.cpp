// SPDX-License-Identifier: Apache-2.0
//
// The driver with tests/servers/oss.sh, which computes each signature with the official package:
// what the conformance suite does not cover.
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "live_store.hpp"

using namespace berth;
using namespace berth::test;

TEST_CASE("signed URLs of both versions allow GET, HEAD and PUT, and nothing else") {
  for (const char* version : {"v1", "v4"}) {
    const LiveStore store(Given{{"signatureversion", version}});
    const char* path = "/d/\xE4\xB8\xAD \xE6\x96\x87+%.txt";
    CHECK(plain_request("PUT", url_of(*store, path, "PUT"), {}, "hello").status == 200);
    CHECK(get(*store, path) == "hello");
    CHECK(plain_request("GET", url_of(*store, path, "GET")).body == "hello");
    CHECK(plain_request("HEAD", url_of(*store, path, "HEAD")).status == 200);
    CHECK(plain_request("DELETE", url_of(*store, path, "GET")).status == 403);
    std::string forged = url_of(*store, path, "GET");
    forged.replace(forged.find("ignature=") + 9, 4, "AAAA");
    CHECK(plain_request("GET", forged).status == 403);
  }
}

TEST_CASE("requests to a host with the bucket in its name, and to a CNAME, are signed correctly") {
  for (const char* host : {"BERTH_OSS_ENDPOINT_VIRTUAL", "BERTH_OSS_ENDPOINT_CNAME"})
    for (const char* version : {"v1", "v4"}) {
      const LiveStore store({{"endpoint", environment(host)}, {"signatureversion", version}});
      put(*store, "/a b", "x");
      CHECK(get(*store, "/a b") == "x");
      CHECK(plain_request("GET", url_of(*store, "/a b", "GET")).body == "x");
      move(*store, "/a b", "/c");
      CHECK(list(*store, "/") == std::vector<std::string>{"/c"});
    }
}

TEST_CASE("wrong keys and a missing bucket are different errors") {
  const LiveStore store;
  const auto refusal = [&](const Given& changes) {
    const auto driver = store.again(changes);
    return status_of([&] { list(*driver, "/"); });
  };
  for (const char* version : {"v1", "v4"}) {
    CHECK(refusal({{"signatureversion", version}, {"accesskeysecret", "wrong"}}) ==
          BERTH_STATUS_UNAUTHENTICATED);
    CHECK(refusal({{"signatureversion", version}, {"accesskeyid", "nobody"}}) ==
          BERTH_STATUS_UNAUTHENTICATED);
    CHECK(refusal({{"signatureversion", version}, {"bucket", "no-such"}}) == BERTH_STATUS_UNKNOWN);
  }
}

TEST_CASE("parallel ranges read the same bytes, and parts write them") {
  const LiveStore store(Given{{"downloadconcurrency", "4"}});
  const std::string bytes = noise(23 * mib);
  const auto w = writer(*store, "/a");
  write(*w, bytes);
  commit(*w);
  CHECK(read(*store, "/a") == bytes);
  CHECK(read(*store, "/a", {7 * mib, 9 * mib}) == bytes.substr(7 * mib, 9 * mib));
  CHECK(read(*store, "/a", {23 * mib}) == "");
  CHECK(read(*store, "/a", {99 * mib}) == "");
}

TEST_CASE("list, walk and remove use all pages, in both versions") {
  for (const char* version : {"v1", "v4"}) {
    const LiveStore store(Given{{"signatureversion", version}});
    for (int i = 0; i < 1205; ++i) put(*store, "/d/" + std::to_string(1000 + i), "");
    CHECK(list(*store, "/d").size() == 1205);
    CHECK(walk(*store, "/").size() == 1206);
    remove(*store, "/d");
    CHECK(list(*store, "/").empty());
  }
}

TEST_CASE("remove leaves siblings whose names begin with the path's name") {
  const LiveStore store;
  for (const char* name : {"/a", "/a/1", "/aa", "/a-b/2", "/a.c"}) put(*store, name, "x");
  remove(*store, "/a");
  CHECK(walk(*store, "/") == std::vector<std::string>{"/a-b/", "/a-b/2", "/a.c", "/aa"});
}

TEST_CASE("of many appends to one object that are closed at once, exactly one succeeds") {
  const LiveStore store;
  put(*store, "/a", "abc");
  std::vector<std::unique_ptr<sdk::Writer>> appends;
  for (int i = 0; i < 8; ++i) {
    appends.push_back(appender(*store, "/a"));
    write(*appends.back(), std::string(1, static_cast<char>('0' + i)));
  }
  std::atomic<int> closed{0}, refused{0}, winner{-1};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      const auto status = status_of([&] { keep(*appends[static_cast<std::size_t>(i)]); });
      if (status == BERTH_STATUS_OK) winner = i;
      ++(status == BERTH_STATUS_OK ? closed : refused);
      if (status != BERTH_STATUS_OK && status != BERTH_STATUS_PRECONDITION_FAILED) refused = 100;
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(closed == 1);
  CHECK(refused == 7);
  commit(*appender(*store, "/a"));
  CHECK(get(*store, "/a") == "abc" + std::to_string(winner));
}
