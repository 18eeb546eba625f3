// SPDX-License-Identifier: Apache-2.0
//
// Temporary keys, and copies by parts with a server that refuses large copies; run by limits.sh.
#include <doctest/doctest.h>

#include "live_store.hpp"

using namespace berth;
using namespace berth::test;

namespace {

Given temporary(Given given = {}) {
  given.emplace("securitytoken", environment("BERTH_OSS_TOKEN"));
  return given;
}

Given by_parts() {
  return temporary(
      {{"multipartcopythresholdsize", "5242880"}, {"multipartcopychunksize", "5242880"}});
}

void write_object(sdk::Driver& driver, std::string_view path, std::string_view bytes) {
  const auto w = writer(driver, path);
  write(*w, bytes);
  commit(*w);
}

}  // namespace

TEST_CASE("temporary keys work with both versions, and not without their token") {
  for (const char* version : {"v1", "v4"}) {
    const LiveStore store(temporary({{"signatureversion", version}}));
    put(*store, "/a", "hello");
    CHECK(get(*store, "/a") == "hello");
    CHECK(plain_request("GET", url_of(*store, "/a", "GET")).body == "hello");
    CHECK(status_of([&] {
            get(*store.again({{"securitytoken", ""}}), "/a");
          }) == BERTH_STATUS_UNAUTHENTICATED);
  }
}

TEST_CASE("puts, multipart uploads and both kinds of copies are encrypted") {
  Given given = by_parts();
  given.emplace("encrypt", "true");
  const LiveStore store(given);
  put(*store, "/put", "x");
  write_object(*store, "/parts", noise(6 * mib));
  const auto plain = store.again({{"encrypt", "false"}});
  put(*plain, "/small", "x");
  write_object(*plain, "/large", noise(11 * mib));
  store->copy("/small", "/copy", {}, FakeCall());
  move(*store, "/large", "/moved");
  const auto encryption = [&](const char* path) {
    return std::string(plain_request("HEAD", url_of(*store, path, "HEAD"))
                           .headers.get("x-oss-server-side-encryption"));
  };
  for (const char* path : {"/put", "/parts", "/copy", "/moved"})
    CHECK(encryption(path) == "AES256");
  CHECK(encryption("/small").empty());
}

TEST_CASE("a source that is too large for one copy request is refused, and is kept") {
  const LiveStore store(temporary());
  write_object(*store, "/a", noise(7 * mib));
  CHECK(status_of([&] { move(*store, "/a", "/b"); }) != BERTH_STATUS_OK);
  CHECK(get(*store, "/a") == noise(7 * mib));
  CHECK(list(*store, "/") == std::vector<std::string>{"/a"});
}

TEST_CASE("a large object is moved by parts") {
  const LiveStore store(by_parts());
  const std::string bytes = noise(17 * mib);
  write_object(*store, "/a b", bytes);
  move(*store, "/a b", "/c/d");
  CHECK(get(*store, "/c/d") == bytes);
  CHECK(stat(*store, "/c/d").etag.find("-4\"") != std::string::npos);
  CHECK(status_of([&] { stat(*store, "/a b"); }) == BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE("a refused part of a copy leaves the source, no destination and no upload") {
  const LiveStore store(by_parts());
  const std::string bytes = noise(17 * mib);
  write_object(*store, "/refused", bytes);
  CHECK(status_of([&] { move(*store, "/refused", "/b"); }) == BERTH_STATUS_PERMISSION_DENIED);
  CHECK(get(*store, "/refused") == bytes);
  CHECK(list(*store, "/") == std::vector<std::string>{"/refused"});
  CHECK(status_of([&] { appender(*store, "/b"); }) == BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE("an append to a large object copies its parts") {
  const LiveStore store(by_parts());
  const std::string bytes = noise(12 * mib);
  write_object(*store, "/a", bytes);
  const auto w = appender(*store, "/a");
  CHECK(w->size() == 12 * mib);
  write(*w, "more");
  commit(*w);
  CHECK(get(*store, "/a") == bytes + "more");
}
