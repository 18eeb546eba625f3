// SPDX-License-Identifier: Apache-2.0
//
// Multipart uploads and copies, where OSS differs from S3; the tests of s3 cover the shared code.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>

#include "common/crypto.hpp"
#include "scripted_store.hpp"

using namespace berth;
using namespace berth::test;
using Lines = std::vector<std::string>;

TEST_CASE("parts have exactly the chunk size, each with a digest") {
  UploadService service;
  ScriptedStore store(service.handler(), small_parts());
  write_parts(*store.driver, std::string(11 * mib, 'x'));
  std::map<std::string, std::size_t> sizes;
  for (const SeenRequest& request : store.server.requests()) {
    if (request.method != "PUT") continue;
    sizes[request.target] = request.body.size();
    CHECK(request.header("Content-MD5") == common::base64(common::md5(request.body)));
  }
  CHECK(sizes == std::map<std::string, std::size_t>{{"/b/k?partNumber=1&uploadId=u1", 5 * mib},
                                                    {"/b/k?partNumber=2&uploadId=u1", 5 * mib},
                                                    {"/b/k?partNumber=3&uploadId=u1", 1 * mib}});
}

TEST_CASE("a commit without data puts an empty object") {
  UploadService service;
  ScriptedStore store(service.handler(), small_parts());
  commit(*writer(*store.driver, "/k"));
  CHECK(store.log().back() == "PUT /b/k");
  CHECK(store.server.requests().back().body.empty());
}

TEST_CASE("create-only is a condition of the completing request") {
  UploadService service;
  service.complete = [](int) { return error_answer(409, "FileAlreadyExists"); };
  service.other = [](const SeenRequest& request) -> std::optional<Answer> {
    if (request.method == "HEAD") return not_found();
    return std::nullopt;
  };
  ScriptedStore store(service.handler(), small_parts());
  sdk::WriteOptions options;
  options.create_only = true;
  const auto w = writer(*store.driver, "/k", options);
  write(*w, std::string(6 * mib, 'x'));
  CHECK(status_of([&] { commit(*w); }) == BERTH_STATUS_ALREADY_EXISTS);
  CHECK(service.aborts == 1);
}

TEST_CASE("a completion whose answer was lost is recognised by an ETag in upper case") {
  const std::string bytes(6 * mib, 'x');
  std::string etag = common::hex(
      common::md5(common::md5(bytes.substr(0, 5 * mib)) + common::md5(bytes.substr(5 * mib))));
  std::transform(etag.begin(), etag.end(), etag.begin(), [](char c) { return std::toupper(c); });
  UploadService service;
  service.complete = [](int n) {
    return n == 1 ? Answer::hang_up() : error_answer(404, "NoSuchUpload");
  };
  service.other = [&](const SeenRequest& request) -> std::optional<Answer> {
    if (request.method != "HEAD") return std::nullopt;
    return head_answer(6 * mib, '"' + etag + "-2\"");
  };
  ScriptedStore store(service.handler(), small_parts());
  CHECK(status_of([&] { write_parts(*store.driver, bytes); }) == BERTH_STATUS_OK);
}

TEST_CASE("a large object is copied by parts of one version, and the source is deleted last") {
  UploadService service;
  service.other = [](const SeenRequest& request) -> std::optional<Answer> {
    if (request.method == "HEAD") return head_answer(300 * mib).header("Content-Type", "text/x");
    return std::nullopt;
  };
  ScriptedStore store(service.handler());
  move(*store.driver, "/a b", "/k");
  std::vector<std::string> ranges;
  for (const SeenRequest& request : store.server.requests())
    if (request.has("x-oss-copy-source-range")) {
      ranges.push_back(request.header("x-oss-copy-source-range"));
      CHECK(request.header("x-oss-copy-source") == "/b/a%20b");
      CHECK(request.header("x-oss-copy-source-if-match") == "\"e\"");
    }
  std::sort(ranges.begin(), ranges.end());
  CHECK(ranges ==
        Lines{"bytes=0-134217727", "bytes=134217728-268435455", "bytes=268435456-314572799"});
  CHECK(store.log().back() == "DELETE /b/a%20b");
}

TEST_CASE("a copy is aborted if a part fails, and the source is kept") {
  UploadService service;
  service.other = [](const SeenRequest& request) -> std::optional<Answer> {
    if (request.method == "HEAD") return head_answer(300 * mib);
    if (contains(request.target, "partNumber=3")) return error_answer(403, "AccessDenied");
    return std::nullopt;
  };
  ScriptedStore store(service.handler());
  CHECK(status_of([&] { move(*store.driver, "/a", "/k"); }) == BERTH_STATUS_PERMISSION_DENIED);
  CHECK(store.log().back() == "DELETE /b/k?uploadId=u1");
  CHECK(service.completions == 0);
}

TEST_CASE("a throttled copy is repeated, and a refused copy keeps the source") {
  UploadService service;
  std::atomic<int> throttled{0};
  service.other = [&](const SeenRequest& request) -> std::optional<Answer> {
    if (request.method == "HEAD") return head_answer(300 * mib);
    if (contains(request.target, "partNumber=2") && ++throttled == 1)
      return error_answer(503, "QpsLimitExceeded").header("Retry-After", "0");
    return std::nullopt;
  };
  ScriptedStore store(service.handler());
  move(*store.driver, "/a", "/k");
  CHECK(throttled == 2);
  CHECK(store.log().back() == "DELETE /b/a");

  ScriptedStore immutable({head_answer(1), error_answer(409, "FileImmutable")});
  CHECK(message_of([&] { move(*immutable.driver, "/a", "/k"); }) ==
        "cannot copy to 'k': the object is under a retention policy of the bucket");
  CHECK(immutable.server.count() == 2);
}

TEST_CASE("an append copies full parts of the object and reads only the rest") {
  UploadService service;
  service.other = [](const SeenRequest& request) -> std::optional<Answer> {
    if (request.method == "HEAD") return head_answer(5 * mib + 3);
    if (request.method == "GET" && request.has("Range"))
      return Answer(206, "abc")
          .header("Content-Range", "bytes 5242880-5242882/5242883")
          .header("ETag", "\"e\"");
    return std::nullopt;
  };
  ScriptedStore store(service.handler(), small_parts());
  const auto w = appender(*store.driver, "/k");
  CHECK(w->size() == 5 * mib + 3);
  write(*w, "def");
  commit(*w);
  bool copied = false, sent = false;
  for (const SeenRequest& request : store.server.requests()) {
    copied |= request.header("x-oss-copy-source-range") == "bytes=0-5242879";
    sent |= contains(request.target, "partNumber=2") && request.body == "abcdef";
  }
  CHECK(copied);
  CHECK(sent);
}

TEST_CASE("an append fails if the object is replaced between HEAD and GET") {
  UploadService service;
  service.other = [](const SeenRequest& request) -> std::optional<Answer> {
    if (request.method == "HEAD") return head_answer(3, "\"e\"");
    if (request.method == "GET" && request.has("Range"))
      return Answer(206, "abc").header("Content-Range", "bytes 0-2/7").header("ETag", "\"f\"");
    return std::nullopt;
  };
  ScriptedStore store(service.handler(), small_parts());
  CHECK(status_of([&] { appender(*store.driver, "/k"); }) == BERTH_STATUS_PRECONDITION_FAILED);
}

TEST_CASE("an append whose answers were lost adds its bytes once") {
  const std::string copied = common::md5(std::string(5 * mib, 'x'));
  const std::string whole = common::md5(copied + common::md5("abcdef"));
  UploadService service;
  service.complete = [](int n) {
    return n == 1 ? Answer::hang_up() : error_answer(404, "NoSuchUpload");
  };
  std::atomic<int> sent{0};
  service.other = [&](const SeenRequest& request) -> std::optional<Answer> {
    if (request.method == "HEAD" && service.completions == 0) return head_answer(5 * mib + 3);
    if (request.method == "HEAD")
      return head_answer(5 * mib + 6, '"' + common::hex(whole) + "-2\"");
    if (request.method == "GET" && request.has("Range"))
      return Answer(206, "abc")
          .header("Content-Range", "bytes 5242880-5242882/5242883")
          .header("ETag", "\"e\"");
    if (request.has("x-oss-copy-source"))
      return Answer(
          200, "<CopyPartResult><ETag>\"" + common::hex(copied) + "\"</ETag></CopyPartResult>");
    if (contains(request.target, "partNumber=2") && ++sent == 1) return Answer::hang_up();
    return std::nullopt;
  };
  ScriptedStore store(service.handler(), small_parts());
  const auto w = appender(*store.driver, "/k");
  write(*w, "def");
  commit(*w);
  CHECK(sent == 2);
  CHECK(service.completions == 2);
}

TEST_CASE(
    "pending bytes below the smallest part are in a record, under a key that no path can name") {
  UploadService service;
  ScriptedStore store(service.handler(), small_parts());
  const auto w = writer(*store.driver, "/d/k");
  write(*w, "tail");
  keep(*w);
  const SeenRequest last = store.server.requests().back();
  CHECK(last.target == "/b/./d/k");
  CHECK(last.body == "tail");
  CHECK(last.header("x-oss-meta-berth-upload") == "u1");
  CHECK(last.header("x-oss-meta-berth-offset") == "0");
}

TEST_CASE("last bytes of 100 KiB are a part") {
  UploadService service;
  ScriptedStore store(service.handler(), small_parts());
  const auto w = writer(*store.driver, "/k");
  write(*w, std::string(100 * 1024, 'x'));
  keep(*w);
  const auto log = store.log();
  CHECK(std::count(log.begin(), log.end(), "PUT /b/k?partNumber=1&uploadId=u1") == 1);
  CHECK(log.back() == "PUT /b/./k");  // the record, without pending bytes
  CHECK(store.server.requests().back().body.empty());
}
