// SPDX-License-Identifier: Apache-2.0
//
// Multipart uploads and copies with a service that answers late, twice, wrongly or not at all.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>

#include "common/crypto.hpp"
#include "scripted_store.hpp"

using namespace berth;
using namespace berth::test;
using Lines = std::vector<std::string>;

namespace {

Answer described(Answer answer) {
  return answer.header("Content-Type", "text/x")
      .header("Cache-Control", "no-store")
      .header("x-amz-meta-color", "blue")
      .header("x-amz-meta-berth-mark", "of the first write");
}

void check_described(const SeenRequest& request) {
  CHECK(request.header("Content-Type") == "text/x");
  CHECK(request.header("Cache-Control") == "no-store");
  CHECK(request.header("x-amz-meta-color") == "blue");
  CHECK(request.header("x-amz-meta-berth-mark") != "of the first write");
}

}  // namespace

TEST_CASE(
    "parts are of exactly the chunk size, the last is the rest, and nothing is added or lost") {
  UploadService service;
  ScriptedStore store(service.handler(), small_parts());
  const std::string bytes(11 * mib, 'x');
  write_parts(*store.driver, bytes);
  std::map<std::string, std::size_t> sizes;
  for (const SeenRequest& request : store.server.requests())
    if (request.method == "PUT") sizes[request.target] = request.body.size();
  CHECK(sizes == std::map<std::string, std::size_t>{{"/b/k?partNumber=1&uploadId=u1", 5 * mib},
                                                    {"/b/k?partNumber=2&uploadId=u1", 5 * mib},
                                                    {"/b/k?partNumber=3&uploadId=u1", 1 * mib}});
}

TEST_CASE("each part has the digest that the service checks") {
  for (const auto& [checksum, header] :
       std::map<std::string, const char*>{{"md5", "Content-MD5"},
                                          {"crc32c", "x-amz-checksum-crc32c"},
                                          {"sha256", "x-amz-checksum-sha256"}}) {
    UploadService service;
    ScriptedStore store(service.handler(), {{"chunksize", "5242880"}, {"checksum", checksum}});
    write_parts(*store.driver, std::string(6 * mib, 'x'));
    for (const SeenRequest& request : store.server.requests()) {
      if (request.method != "PUT") continue;
      CHECK(request.has(header));
      if (checksum == "md5")
        CHECK(request.header(header) == common::base64(common::md5(request.body)));
      if (checksum == "sha256")
        CHECK(request.header(header) == common::base64(common::sha256(request.body)));
    }
  }
}

TEST_CASE("an exact multiple of the chunk size has no empty last part") {
  UploadService service;
  ScriptedStore store(service.handler(), small_parts());
  write_parts(*store.driver, std::string(10 * mib, 'x'));
  int parts = 0;
  for (const SeenRequest& request : store.server.requests()) parts += request.method == "PUT";
  CHECK(parts == 2);
}

TEST_CASE("a small object is written by one request, without an upload") {
  UploadService service;
  ScriptedStore store(service.handler(), small_parts());
  write_parts(*store.driver, "hello");
  CHECK(store.log().back() == "PUT /b/k");
  CHECK(service.completions == 0);
}

TEST_CASE("a completion is repeated if the answer 200 has an error, also after white space") {
  UploadService service;
  service.complete = [](int n) {
    return n == 1
               ? Answer(200,
                        "<?xml version=\"1.0\"?>\n   \n<Error><Code>InternalError</Code></Error>")
               : completed();
  };
  ScriptedStore store(service.handler(), small_parts());
  write_parts(*store.driver, std::string(6 * mib, 'x'));
  CHECK(service.completions == 2);
  CHECK(service.aborts == 0);
}

TEST_CASE(
    "after a completion that keeps failing, the error has the service's code and the upload is "
    "aborted") {
  UploadService service;
  service.complete = [](int) { return Answer(200, "\n<Error><Code>InternalError</Code></Error>"); };
  ScriptedStore store(service.handler(), small_parts());
  try {
    write_parts(*store.driver, std::string(6 * mib, 'x'));
    FAIL("no error");
  } catch (const sdk::Error& error) {
    CHECK(error.status() == BERTH_STATUS_UNAVAILABLE);
    CHECK(error.code() == "InternalError");
  }
  CHECK(service.aborts == 1);
}

TEST_CASE("a completion whose answer was lost is recognised") {
  const std::string bytes(6 * mib, 'x');
  const std::string digests =
      common::md5(bytes.substr(0, 5 * mib)) + common::md5(bytes.substr(5 * mib));
  const std::string etag = '"' + common::hex(common::md5(digests)) + "-2\"";
  for (const bool ours : {true, false}) {
    UploadService service;
    service.complete = [](int n) {
      return n == 1 ? Answer::hang_up() : error_answer(404, "NoSuchUpload");
    };
    service.other = [&](const SeenRequest& request) -> std::optional<Answer> {
      if (request.method != "HEAD") return std::nullopt;
      return head_answer(6 * mib, ours ? etag : "\"another-2\"");
    };
    ScriptedStore store(service.handler(), small_parts());
    const berth_status status = status_of([&] { write_parts(*store.driver, bytes); });
    CHECK(status == (ours ? BERTH_STATUS_OK : BERTH_STATUS_PRECONDITION_FAILED));
  }
}

TEST_CASE("a part whose connection is reset is sent again as a whole") {
  UploadService service;
  std::atomic<int> seen{0};
  service.other = [&](const SeenRequest& request) -> std::optional<Answer> {
    if (request.method == "PUT" && seen++ == 0) return Answer::hang_up().read_only(mib).reset();
    return std::nullopt;
  };
  ScriptedStore store(service.handler(), small_parts());
  std::string bytes(6 * mib, 'x');
  for (std::size_t i = 0; i < bytes.size(); i += 4096) bytes[i] = static_cast<char>(i >> 12);
  write_parts(*store.driver, bytes);
  bool whole = false;
  for (const SeenRequest& request : store.server.requests())
    whole |= request.body == bytes.substr(0, 5 * mib);
  CHECK(whole);
}

TEST_CASE("a refused part ends the upload, which is aborted") {
  UploadService service;
  service.other = [](const SeenRequest& request) -> std::optional<Answer> {
    if (contains(request.target, "partNumber=2")) return error_answer(403, "AccessDenied");
    return std::nullopt;
  };
  ScriptedStore store(service.handler(), small_parts());
  CHECK(status_of([&] { write_parts(*store.driver, std::string(16 * mib, 'x')); }) ==
        BERTH_STATUS_PERMISSION_DENIED);
  CHECK(service.aborts == 1);
  CHECK(service.completions == 0);
}

TEST_CASE("the error names an upload that could not be aborted") {
  UploadService service;
  service.other = [](const SeenRequest& request) -> std::optional<Answer> {
    if (contains(request.target, "partNumber=1")) return error_answer(403, "AccessDenied");
    if (request.method == "DELETE") return error_answer(403, "AccessDenied");
    return std::nullopt;
  };
  ScriptedStore store(service.handler(), small_parts());
  const std::string text =
      message_of([&] { write_parts(*store.driver, std::string(11 * mib, 'x')); });
  CHECK(contains(text, "u1"));
}

TEST_CASE("a large object is copied by parts of one version, and the source is deleted last") {
  UploadService service;
  service.other = [](const SeenRequest& request) -> std::optional<Answer> {
    if (request.method == "HEAD") return described(head_answer(40 * mib));
    return std::nullopt;
  };
  ScriptedStore store(service.handler(), {{"multipartcopythresholdsize", "16777216"},
                                          {"multipartcopychunksize", "16777216"}});
  move(*store.driver, "/a", "/k");
  const auto requests = store.server.requests();
  check_described(requests.at(1));
  std::vector<std::string> ranges;
  for (const SeenRequest& request : requests)
    if (request.has("x-amz-copy-source-range")) {
      ranges.push_back(request.header("x-amz-copy-source-range"));
      CHECK(request.header("x-amz-copy-source-if-match") == "\"e\"");
    }
  std::sort(ranges.begin(), ranges.end());
  CHECK(ranges == Lines{"bytes=0-16777215", "bytes=16777216-33554431", "bytes=33554432-41943039"});
  CHECK(store.log().back() == "DELETE /b/a");
}

TEST_CASE("a copy by parts sends the checksums that the service computed") {
  UploadService service;
  service.other = [](const SeenRequest& request) -> std::optional<Answer> {
    if (request.method == "HEAD") return head_answer(40 * mib);
    if (request.has("x-amz-copy-source"))
      return Answer(200,
                    "<CopyPartResult><ETag>\"83878c91171338902e0fe0fb97a8c47a\"</"
                    "ETag><ChecksumSHA256>sum</ChecksumSHA256>"
                    "</CopyPartResult>");
    return std::nullopt;
  };
  ScriptedStore store(service.handler(), {{"multipartcopythresholdsize", "33554432"},
                                          {"multipartcopychunksize", "33554432"},
                                          {"checksum", "sha256"}});
  move(*store.driver, "/a", "/k");
  const auto requests = store.server.requests();
  const auto is_completion = [](const SeenRequest& request) {
    return request.method == "POST" && contains(request.target, "uploadId=");
  };
  const auto completion = std::find_if(requests.begin(), requests.end(), is_completion);
  REQUIRE(completion != requests.end());
  const std::string body = completion->body;
  const std::string sum = "<ChecksumSHA256>sum</ChecksumSHA256>";
  CHECK(contains(body, sum));
  CHECK(body.rfind(sum) != body.find(sum));
}

TEST_CASE("an append keeps the object's type and metadata, whether or not it has to be copied") {
  for (const std::size_t size : {std::size_t{3}, 5 * mib}) {
    CAPTURE(size);
    UploadService service;
    service.other = [size](const SeenRequest& request) -> std::optional<Answer> {
      if (request.method == "HEAD") return described(head_answer(size));
      if (request.method == "GET" && !contains(request.target, "uploads"))
        return object_answer("abc");
      return std::nullopt;
    };
    ScriptedStore store(service.handler(), small_parts());
    const auto w = appender(*store.driver, "/k");
    write(*w, "def");
    commit(*w);
    const auto requests = store.server.requests();
    const auto creates = [](const SeenRequest& request) {
      return contains(request.target, "?uploads=") ? request.method == "POST"
                                                   : request.method + request.target == "PUT/b/k";
    };
    const auto made = std::find_if(requests.begin(), requests.end(), creates);
    REQUIRE(made != requests.end());
    check_described(*made);
  }
}

TEST_CASE("a copy is aborted if a part fails, and the source is kept") {
  UploadService service;
  service.other = [](const SeenRequest& request) -> std::optional<Answer> {
    if (request.method == "HEAD") return head_answer(40 * mib);
    if (contains(request.target, "partNumber=3")) return error_answer(403, "AccessDenied");
    return std::nullopt;
  };
  ScriptedStore store(service.handler(), {{"multipartcopythresholdsize", "16777216"},
                                          {"multipartcopychunksize", "16777216"}});
  CHECK(status_of([&] { move(*store.driver, "/a", "/k"); }) == BERTH_STATUS_PERMISSION_DENIED);
  CHECK(store.log().back() == "DELETE /b/k?uploadId=u1");
  CHECK(service.completions == 0);
}
