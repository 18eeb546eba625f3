// SPDX-License-Identifier: Apache-2.0
//
// Answers that lack a size, a key or a count: the value is requested in another way, or the
// operation fails. It is never taken for 0.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "scripted_store.hpp"

using namespace berth;
using namespace berth::test;
using Lines = std::vector<std::string>;

namespace {

// The answer to HEAD has no Content-Length; `get` answers a GET.
ScriptedServer::Handler object_without_length(Answer get) {
  return [get](const SeenRequest& request) {
    if (request.method == "HEAD")
      return Answer(200)
          .no_body()
          .until_close()
          .header("ETag", "\"e\"")
          .header("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT");
    if (contains(request.target, "?uploads")) return no_uploads();
    if (request.method == "GET") return get;
    return Answer(200).header("ETag", "\"new\"");
  };
}

Answer first_byte(const std::string& range) {
  return Answer(206, "h").header("ETag", "\"e\"").header("Content-Range", range);
}

std::string written(const ScriptedStore& store) {
  for (const SeenRequest& request : store.server.requests())
    if (request.method == "PUT") return request.body;
  return "nothing";
}

}  // namespace

TEST_CASE("a HEAD without a length is followed by a GET of the first byte") {
  ScriptedStore store(object_without_length(first_byte("bytes 0-0/5")));
  CHECK(stat(*store.driver, "/k").size == 5);
  CHECK(store.server.requests().back().header("Range") == "bytes=0-0");
}

TEST_CASE("an empty object whose HEAD has no length has size 0") {
  ScriptedStore store([](const SeenRequest& request) {
    if (request.method == "HEAD") return Answer(200).no_body().until_close();
    if (request.has("Range")) return Answer(416).header("Content-Range", "bytes */0");
    return object_answer("");
  });
  CHECK(stat(*store.driver, "/k").size == 0);
}

TEST_CASE("stat of an object whose size the service never reports fails with a reason") {
  for (const Answer& get :
       {first_byte("bytes 0-0/*"), Answer(200, "hello").chunked().header("ETag", "\"e\"")}) {
    ScriptedStore store(object_without_length(get));
    CHECK(message_of([&] { stat(*store.driver, "/k"); }) ==
          "the service reports no size for 'k', neither to HEAD nor to a GET of its first byte");
    CHECK(status_of([&] { move(*store.driver, "/k", "/l"); }) == BERTH_STATUS_UNAVAILABLE);
    CHECK(status_of([&] { appender(*store.driver, "/k"); }) == BERTH_STATUS_UNAVAILABLE);
    CHECK(written(store) == "nothing");
  }
}

TEST_CASE("an append to an object whose HEAD has no length keeps its content") {
  ScriptedStore store([all = object_without_length(first_byte("bytes 0-0/5"))](
                          const SeenRequest& request) {
    if (request.header("Range") == "bytes=0-4")
      return Answer(206, "hello").header("ETag", "\"e\"").header("Content-Range", "bytes 0-4/5");
    return all(request);
  });
  const auto w = appender(*store.driver, "/k");
  write(*w, "more");
  commit(*w);
  CHECK(written(store) == "hellomore");
}

TEST_CASE("a replacement between HEAD and GET does not mix two versions") {
  ScriptedStore store(object_without_length(
      Answer(206, "h").header("ETag", "\"other\"").header("Content-Range", "bytes 0-0/9")));
  CHECK(status_of([&] { stat(*store.driver, "/k"); }) == BERTH_STATUS_PRECONDITION_FAILED);
}

TEST_CASE("walk requests a size that the listing lacks, list leaves it out") {
  ScriptedStore store([](const SeenRequest& request) {
    if (request.method == "HEAD") return head_answer(7);
    return list_answer("<Contents><Key>k</Key></Contents>");
  });
  Entries walked, listed;
  store.driver->walk("/", {}, walked.sink(), FakeCall());
  store.driver->list("/", {}, listed.sink(), FakeCall());
  REQUIRE(walked.all().size() == 1);
  CHECK(walked.all()[0].size == 7);
  REQUIRE(listed.all().size() == 1);
  CHECK_FALSE(listed.all()[0].has_size);
}

TEST_CASE("a listed date of another form is parsed, and an invalid one is unknown") {
  const auto entry = [](const std::string& date) {
    return list_answer("<Contents><Key>k</Key><Size>1</Size><LastModified>" + date +
                       "</LastModified></Contents>");
  };
  const auto times = [&](const std::string& date) {
    ScriptedStore store([&](const SeenRequest&) { return entry(date); });
    Entries entries;
    store.driver->list("/", {}, entries.sink(), FakeCall());
    return entries.all();
  };
  for (const char* date : {"Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z",
                           "1994-11-06T08:49:37.000000+00:00"})
    CHECK(times(date).at(0).mtime_ns == 784'111'777'000'000'000);
  for (const char* date : {"", "yesterday", "9999-12-31T23:59:59Z"})
    CHECK_FALSE(times(date).at(0).has_mtime);
}

TEST_CASE("stat reports no time that nanoseconds cannot express") {
  ScriptedStore store([](const SeenRequest&) {
    return Answer(200).announce(5).no_body().header("Last-Modified",
                                                    "Thu, 31 Dec 9999 23:59:59 GMT");
  });
  CHECK_FALSE(stat(*store.driver, "/k").mtime_ns);
}

TEST_CASE("a listed entry without a key, or an unknown truth value, is an error") {
  for (const char* content :
       {"<Contents><Size>1</Size></Contents>", "<CommonPrefixes></CommonPrefixes>",
        "<IsTruncated>maybe</IsTruncated>", "<EncodingType>base64</EncodingType>"}) {
    ScriptedStore store([&](const SeenRequest&) { return list_answer(content); },
                        {{"maxretries", "0"}});
    CHECK(status_of([&] { list(*store.driver, "/"); }) == BERTH_STATUS_UNAVAILABLE);
  }
}

TEST_CASE("a marker without a flag means that there are more entries") {
  ScriptedStore store({list_answer("<Contents><Key>a</Key></Contents><NextMarker>a</NextMarker>"),
                       list_answer("<Contents><Key>b</Key></Contents>")});
  CHECK(list(*store.driver, "/") == Lines{"/a", "/b"});
}

TEST_CASE("names that break the path grammar are listed as they are") {
  ScriptedStore store([](const SeenRequest&) {
    return list_answer(
        "<EncodingType>url</EncodingType><Contents><Key>a%2F%2Fb</Key><Size>1</Size></Contents>"
        "<Contents><Key>two%0Alines</Key><Size>1</Size></Contents>"
        "<Contents><Key>z%E9</Key><Size>1</Size></Contents>");
  });
  CHECK(walk(*store.driver, "/") == Lines{"/a/", "/a//b", "/two\nlines", "/z\xE9"});
}

TEST_CASE(
    "the record of an unfinished upload is not listed, and another program's key next to it is") {
  for (const bool known : {true, false}) {
    ScriptedStore store([known](const SeenRequest& request) {
      if (request.method == "HEAD" && request.target == "/b//own")
        return head_answer(3).header("x-amz-meta-berth-upload", "u");
      if (request.method == "HEAD") return head_answer(3);
      if (contains(request.target, "?uploads") && known)
        return Answer(200,
                      "<ListMultipartUploadsResult><Upload><Key>own</Key><UploadId>u</UploadId>"
                      "</Upload></ListMultipartUploadsResult>");
      if (contains(request.target, "?uploads")) return no_uploads();
      return list_answer(
          "<Contents><Key>/own</Key><Size>3</Size></Contents>"
          "<Contents><Key>/zoo</Key><Size>3</Size></Contents>");
    });
    CHECK(walk(*store.driver, "/") == Lines{"//zoo"});
  }
}
