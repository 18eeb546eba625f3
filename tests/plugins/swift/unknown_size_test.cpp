// SPDX-License-Identifier: Apache-2.0
//
// Answers that lack a size or a count, and a container that is gone: what is not known is asked in
// another way or refused, and never taken for 0 or for success.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <string>

#include "documents.hpp"
#include "scripted_store.hpp"

using namespace berth;
using namespace berth::test;
using Lines = std::vector<std::string>;

namespace {

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

ScriptedStore::Handler object_without_length(Answer get) {
  return [get](const SeenRequest& request) {
    if (request.method == "HEAD") return Answer(200).no_body().until_close().header("ETag", "e");
    return request.has("Range") ? get : not_found();
  };
}

using Use = std::function<void(sdk::Driver&)>;

}  // namespace

TEST_CASE("a HEAD without a length is followed by a GET of the first byte") {
  ScriptedStore store(object_without_length(
      Answer(206, "h").header("ETag", "e").header("Content-Range", "bytes 0-0/5")));
  CHECK(stat(*store.driver, "/k").size == 5);
}

TEST_CASE("an object whose size the service never reports is refused") {
  ScriptedStore store(object_without_length(Answer(200, "hello").chunked().header("ETag", "e")));
  CHECK(contains(message_of([&] { stat(*store.driver, "/k"); }), "reports no size for 'files/k'"));
  CHECK(status_of([&] { move(*store.driver, "/k", "/l"); }) == BERTH_STATUS_UNAVAILABLE);
  CHECK(status_of([&] { appender(*store.driver, "/k"); }) != BERTH_STATUS_OK);
  for (const std::string& line : store.log()) CHECK(line.find("PUT") == std::string::npos);
}

TEST_CASE("a listing that lacks size and time leaves them unknown, and a walk asks for the size") {
  ScriptedStore store([](const SeenRequest& request) {
    if (request.method == "HEAD") return head_answer(7);
    if (contains(request.target, "marker=")) return Answer(200, "[]");
    return Answer(200, R"([{"name": "files/k", "hash": "h", "last_modified": "soon"}])");
  });
  Entries listed, walked;
  store.driver->list("/", {}, listed.sink(), FakeCall());
  store.driver->walk("/", {}, walked.sink(), FakeCall());
  REQUIRE(listed.all().size() == 1);
  CHECK_FALSE(listed.all()[0].has_size);
  CHECK_FALSE(listed.all()[0].has_mtime);
  REQUIRE(walked.all().size() == 1);
  CHECK(walked.all()[0].size == 7);
}

TEST_CASE("a listed time is read in any form") {
  const auto listing = swift::read_listing(
      R"([{"name": "a", "bytes": 1, "last_modified": "1994-11-06T08:49:37"},
          {"name": "b", "bytes": 1, "last_modified": "Sun, 06 Nov 1994 08:49:37 GMT"}])");
  for (const swift::Listed& entry : listing) CHECK(entry.mtime_ns == 784'111'777'000'000'000);
}

TEST_CASE("a segment of a manifest without a size is an error") {
  CHECK_THROWS_AS(static_cast<void>(swift::read_manifest(R"([{"name": "/c/s", "hash": "h"}])")),
                  sdk::Error);
}

TEST_CASE("a timestamp that nanoseconds cannot express is not known") {
  ScriptedStore store([](const SeenRequest&) {
    return Answer(200).announce(5).no_body().header("X-Timestamp", "99999999999999.00000");
  });
  CHECK_FALSE(stat(*store.driver, "/k").mtime_ns);
}

TEST_CASE("a service that does not list in the order of bytes is refused, never read in part") {
  ScriptedStore store([](const SeenRequest& request) {
    if (contains(request.target, "marker=")) return Answer(200, "[]");
    return Answer(200, "[" + listed("files/b", 1) + ", " + listed("files/a", 1) + "]");
  });
  CHECK(status_of([&] { walk(*store.driver, "/"); }) == BERTH_STATUS_UNSUPPORTED_METHOD);
}

TEST_CASE("a bulk delete that does not account for every object is followed by single ones") {
  for (const Answer& bulk :
       {Answer(200, R"({"Response Status": "200 OK", "Number Deleted": 1, "Number Not Found": 0,
                        "Errors": []})"),
        Answer(200, R"({"Response Status": "200 OK", "Errors": []})"), Answer(204), Answer(405),
        Answer(501), Answer(400)}) {
    std::atomic<int> singles{0};
    ScriptedStore store([&](const SeenRequest& request) {
      if (request.method == "POST") return bulk;
      if (request.method == "DELETE") return ++singles, Answer(204);
      if (contains(request.target, "/c/")) return not_found();
      if (contains(request.target, "prefix=files") && !contains(request.target, "marker="))
        return Answer(200, "[" + listed("files/d/1", 1) + ", " + listed("files/d/2", 1) + "]");
      return Answer(200, "[]");
    });
    remove(*store.driver, "/d");
    CHECK(singles == 2);
  }
}

TEST_CASE("every operation on a deleted container says that it is gone") {
  const Use uses[] = {
      [](sdk::Driver& driver) { get(driver, "/k"); },
      [](sdk::Driver& driver) { stat(driver, "/k"); },
      [](sdk::Driver& driver) { list(driver, "/"); },
      [](sdk::Driver& driver) { walk(driver, "/d"); },
      [](sdk::Driver& driver) { put(driver, "/k", "x"); },
      [](sdk::Driver& driver) { move(driver, "/k", "/l"); },
      [](sdk::Driver& driver) { remove(driver, "/k"); },
      [](sdk::Driver& driver) { appender(driver, "/k"); },
  };
  for (const Use& use : uses) {
    ScriptedStore store([](const SeenRequest& request) {
      return request.method == "HEAD" ? not_found() : Answer(404, "<html>Not Found</html>");
    });
    CHECK(status_of([&] { use(*store.driver); }) == BERTH_STATUS_UNKNOWN);
    CHECK(contains(message_of([&] { use(*store.driver); }), "container 'c'"));
  }
}

TEST_CASE("a refused creation keeps the service's request id") {
  ScriptedStore store([](const SeenRequest& request) {
    return request.method == "PUT" ? Answer(412).header("X-Trans-Id", "tx1") : not_found();
  });
  sdk::WriteOptions only_new;
  only_new.create_only = true;
  try {
    put(*store.driver, "/k", "x", only_new);
    FAIL("no error");
  } catch (const sdk::Error& error) {
    CHECK(error.status() == BERTH_STATUS_ALREADY_EXISTS);
    CHECK(error.request_id() == "tx1");
  }
}
