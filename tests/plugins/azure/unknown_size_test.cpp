// SPDX-License-Identifier: Apache-2.0
//
// Answers that lack a size, an ETag, a type or the outcome of a copy: what is not known is asked in
// another way or refused, and never taken for 0 or for success.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "documents.hpp"
#include "scripted_store.hpp"

using namespace berth;
using namespace berth::test;
using Lines = std::vector<std::string>;

namespace {

Answer head_without_length() {
  return Answer(200)
      .no_body()
      .until_close()
      .header("ETag", "\"e\"")
      .header("x-ms-blob-type", "BlockBlob");
}

ScriptedServer::Handler blob_without_length(Answer get) {
  return [get](const SeenRequest& request) {
    return request.method == "HEAD" ? head_without_length() : get;
  };
}

bool has_written(const ScriptedStore& store) {
  const auto requests = store.server.requests();
  return std::any_of(requests.begin(), requests.end(), [](const SeenRequest& request) {
    return request.method == "PUT" || request.method == "DELETE";
  });
}

// Head of a blob of 5 bytes, without what is named.
Answer head_lacking(const std::string& name, const std::string& type = "BlockBlob") {
  Answer answer = Answer(200).announce(5).no_body();
  if (name != "ETag") answer.header("ETag", "\"e\"");
  return answer.header("x-ms-blob-type", type);
}

}  // namespace

TEST_CASE("a HEAD without a length is followed by a GET of the first byte") {
  ScriptedStore store(blob_without_length(
      Answer(206, "h").header("ETag", "\"e\"").header("Content-Range", "bytes 0-0/5")));
  CHECK(stat(*store.driver, "/k").size == 5);
  CHECK(store.server.requests().back().header("Range") == "bytes=0-0");
}

TEST_CASE("a blob whose size the service never reports is refused, and nothing is written") {
  ScriptedStore store(blob_without_length(Answer(200, "hello").chunked().header("ETag", "\"e\"")));
  CHECK(contains(message_of([&] { stat(*store.driver, "/k"); }), "reports no size for 'k'"));
  CHECK(status_of([&] { move(*store.driver, "/k", "/l"); }) == BERTH_STATUS_UNAVAILABLE);
  CHECK(status_of([&] { appender(*store.driver, "/k"); }) == BERTH_STATUS_UNAVAILABLE);
  CHECK_FALSE(has_written(store));
}

TEST_CASE("a blob without an ETag is neither moved nor appended to") {
  ScriptedStore store([](const SeenRequest&) { return head_lacking("ETag"); });
  CHECK(contains(message_of([&] { move(*store.driver, "/k", "/l"); }), "reports no ETag"));
  CHECK(contains(message_of([&] { appender(*store.driver, "/k"); }), "reports no ETag"));
  CHECK_FALSE(has_written(store));
}

TEST_CASE("a blob of an unknown type is not appended to") {
  ScriptedStore store([](const SeenRequest&) { return head_lacking("", "CubeBlob"); });
  CHECK(status_of([&] { appender(*store.driver, "/k"); }) == BERTH_STATUS_UNSUPPORTED_METHOD);
  CHECK_FALSE(has_written(store));
}

TEST_CASE("a copy without a status has succeeded only if the destination has the size") {
  for (const uint64_t size : {5U, 0U}) {
    ScriptedStore store([size](const SeenRequest& request) {
      if (request.method == "PUT") return Answer(202);
      if (request.method == "DELETE") return Answer(202);
      return head_answer(contains(request.target, "/k") ? 5 : size);
    });
    const auto status = status_of([&] { move(*store.driver, "/k", "/l"); });
    CHECK(status == (size == 5 ? BERTH_STATUS_OK : BERTH_STATUS_UNAVAILABLE));
    CHECK((store.log().back().find("DELETE") == 0) == (size == 5));
  }
}

TEST_CASE("a size that the listing lacks is asked for by a walk") {
  ScriptedStore store([](const SeenRequest& request) {
    if (request.method == "HEAD") return head_answer(7);
    return list_answer("<Blob><Name>k</Name><Properties/></Blob>");
  });
  Entries entries;
  store.driver->walk("/", {}, entries.sink(), FakeCall());
  REQUIRE(entries.all().size() == 1);
  CHECK(entries.all()[0].size == 7);
}

TEST_CASE("a listed time that nanoseconds cannot express is not known") {
  ScriptedStore store([](const SeenRequest&) {
    return list_answer(listed("k", "<Last-Modified>Thu, 31 Dec 9999 23:59:59 GMT</Last-Modified>"));
  });
  Entries entries;
  store.driver->list("/", {}, entries.sink(), FakeCall());
  CHECK_FALSE(entries.all().at(0).has_mtime);
}

TEST_CASE("a blob without a name and a block without a size are errors") {
  CHECK_THROWS_AS(static_cast<void>(azure::read_blobs(
                      "<EnumerationResults><Blobs><Blob/></Blobs></EnumerationResults>")),
                  sdk::Error);
  CHECK_THROWS_AS(static_cast<void>(azure::read_blocks(
                      "<BlockList><CommittedBlocks><Block><Name>YQ==</Name></Block>"
                      "</CommittedBlocks></BlockList>")),
                  sdk::Error);
}

TEST_CASE("names that break the path grammar are listed as they are") {
  ScriptedStore store(
      [](const SeenRequest&) { return list_answer(listed("a//b") + listed("two\nlines")); });
  CHECK(walk(*store.driver, "/") == Lines{"/a/", "/a//b", "/two\nlines"});
}

TEST_CASE("a listing in another order is sorted and lacks nothing") {
  ScriptedStore store([](const SeenRequest& request) {
    if (contains(request.target, "marker=2")) return list_answer(listed("b") + listed("d"));
    return list_answer(listed("c") + listed("a"), "2");
  });
  CHECK(walk(*store.driver, "/") == Lines{"/a", "/b", "/c", "/d"});
}

TEST_CASE("a refused creation keeps the service's code and request id") {
  ScriptedStore store([](const SeenRequest& request) {
    return request.method == "HEAD" ? head_answer(5) : error_answer(409, "BlobAlreadyExists");
  });
  sdk::WriteOptions only_new;
  only_new.create_only = true;
  try {
    put(*store.driver, "/k", "x", only_new);
    FAIL("no error");
  } catch (const sdk::Error& error) {
    CHECK(error.status() == BERTH_STATUS_ALREADY_EXISTS);
    CHECK(error.code() == "BlobAlreadyExists");
    CHECK(error.request_id() == "request-1");
  }
}
