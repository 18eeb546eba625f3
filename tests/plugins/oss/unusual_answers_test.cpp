// SPDX-License-Identifier: Apache-2.0
//
// Answers that lack something, and refusals, with this driver: plugins/bucket does the work, and
// the tests of s3 have every case.
#include <doctest/doctest.h>

#include <atomic>
#include <string>

#include "scripted_store.hpp"

using namespace berth;
using namespace berth::test;
using Lines = std::vector<std::string>;

TEST_CASE("a HEAD without a length is followed by a GET of the first byte") {
  ScriptedStore store([](const SeenRequest& request) {
    if (request.method == "HEAD")
      return Answer(200).no_body().until_close().header("ETag", "\"e\"");
    return Answer(206, "h").header("ETag", "\"e\"").header("Content-Range", "bytes 0-0/5");
  });
  CHECK(stat(*store.driver, "/k").size == 5);
}

TEST_CASE("a deleted bucket is neither a missing object nor an empty listing") {
  ScriptedStore store([](const SeenRequest& request) {
    return request.method == "HEAD" ? not_found() : error_answer(404, "NoSuchBucket");
  });
  sdk::Driver& driver = *store.driver;
  CHECK(status_of([&] { get(driver, "/k"); }) == BERTH_STATUS_UNKNOWN);
  CHECK(status_of([&] { stat(driver, "/k"); }) == BERTH_STATUS_UNKNOWN);
  CHECK(status_of([&] { list(driver, "/"); }) == BERTH_STATUS_UNKNOWN);
  CHECK(status_of([&] { walk(driver, "/"); }) == BERTH_STATUS_UNKNOWN);
  CHECK(status_of([&] { put(driver, "/k", "x"); }) == BERTH_STATUS_UNKNOWN);
  CHECK(status_of([&] { move(driver, "/k", "/l"); }) == BERTH_STATUS_UNKNOWN);
  CHECK(status_of([&] { remove(driver, "/k"); }) == BERTH_STATUS_UNKNOWN);
}

TEST_CASE("a listing in another order is sorted and lacks nothing") {
  const auto entry = [](const std::string& key) {
    return "<Contents><Key>" + key + "</Key><Size>1</Size></Contents>";
  };
  ScriptedStore store([&](const SeenRequest& request) {
    if (contains(request.target, "continuation-token=2"))
      return list_answer(entry("b") + entry("d"));
    return list_answer(entry("a") + entry("c") +
                       "<IsTruncated>true</IsTruncated>"
                       "<NextContinuationToken>2</NextContinuationToken>");
  });
  CHECK(walk(*store.driver, "/") == Lines{"/a", "/b", "/c", "/d"});
}

TEST_CASE("a service that cannot delete many keys gets single deletions") {
  std::atomic<int> singles{0};
  ScriptedStore store([&](const SeenRequest& request) {
    if (contains(request.target, "uploads")) return no_uploads();
    if (request.method == "POST") return error_answer(501, "NotImplemented");
    if (request.method == "DELETE") return ++singles, Answer(204);
    return list_answer("<Contents><Key>d/1</Key></Contents><Contents><Key>d/2</Key></Contents>");
  });
  remove(*store.driver, "/d");
  CHECK(singles == 2);
}

TEST_CASE("the error of a refused creation has the service's code and request id") {
  ScriptedStore store([](const SeenRequest& request) {
    if (request.method == "HEAD") return head_answer(5);
    return error_answer(409, "FileAlreadyExists").header("x-oss-request-id", "id-1");
  });
  try {
    put(*store.driver, "/k", "x", create_only());
    FAIL("no error");
  } catch (const sdk::Error& error) {
    CHECK(error.status() == BERTH_STATUS_ALREADY_EXISTS);
    CHECK(error.code() == "FileAlreadyExists");
    CHECK(error.request_id() == "id-1");
  }
}

TEST_CASE("an append to an object without an ETag is refused, and starts no upload") {
  ScriptedStore store([](const SeenRequest& request) {
    if (request.method == "HEAD") return Answer(200).announce(3).no_body();
    return no_uploads();
  });
  CHECK(
      message_of([&] { appender(*store.driver, "/k"); }) ==
      "cannot append to 'k': the service reports no ETag for the object, so that a replacement of "
      "it would not be noticed; a proxy may have dropped the header");
  CHECK(store.log() == Lines{"HEAD /b/k"});
}

TEST_CASE("of two appends that are closed at the same time, one fails by the service's condition") {
  UploadService service;
  std::atomic<int> records{0};
  service.other = [&](const SeenRequest& request) -> std::optional<Answer> {
    if (request.target == "/b/./k" && request.method == "PUT")
      return request.has("x-oss-forbid-overwrite") && records++ > 0
                 ? error_answer(409, "FileAlreadyExists")
                 : Answer(200);
    if (request.target == "/b/./k") return not_found();
    if (request.method == "HEAD") return head_answer(3);
    if (request.method == "GET" && request.target == "/b/k") return object_answer("abc");
    return std::nullopt;
  };
  ScriptedStore store(service.handler());
  const auto first = appender(*store.driver, "/k");
  const auto second = appender(*store.driver, "/k");
  keep(*first);
  CHECK(status_of([&] { keep(*second); }) == BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(service.aborts == 1);
}
