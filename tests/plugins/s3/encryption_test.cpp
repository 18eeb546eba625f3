// SPDX-License-Identifier: Apache-2.0
//
// Encryption with keys of the service and of the customer: the headers of each request, and how a
// writer recognises its own object where ETags are no digests.
#include <doctest/doctest.h>

#include "scripted_store.hpp"

using namespace berth;
using namespace berth::test;

TEST_CASE("puts, copies and uploads request encryption with the service's key") {
  UploadService service;
  service.other = [](const SeenRequest& request) -> std::optional<Answer> {
    if (request.method == "HEAD") return head_answer(3);
    if (is_copy(request)) return Answer(200, "<CopyObjectResult></CopyObjectResult>");
    return std::nullopt;
  };
  ScriptedStore store(service.handler(), {{"encrypt", "true"}, {"chunksize", "5242880"}});
  put(*store.driver, "/a", "x");
  store.driver->copy("/a", "/b", {}, FakeCall());
  write_parts(*store.driver, std::string(6 * mib, 'x'));
  std::size_t asked = 0;
  for (const SeenRequest& request : store.server.requests())
    asked += request.header("x-amz-server-side-encryption") == "AES256" ? 1 : 0;
  CHECK(asked == 3);
}

namespace {
// The base64 of 32 letters; its MD5 is that of openssl.
const std::string customer_key = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY=";

bool carries_key(const SeenRequest& request, const std::string& prefix = "x-amz-") {
  const std::string name = prefix + "server-side-encryption-customer-";
  return request.header(name + "algorithm") == "AES256" &&
         request.header(name + "key") == customer_key &&
         request.header(name + "key-MD5") == "lSfoFlhKNrWnohzfJEYBjA==";
}
}  // namespace

TEST_CASE("every request that reads or writes content has the customer's key") {
  ScriptedStore store({Answer(200), object_answer("hello"), head_answer(5)},
                      {{"customerkey", customer_key}});
  put(*store.driver, "/k", "hello");
  CHECK(get(*store.driver, "/k") == "hello");
  (void)store.driver->stat("/k", FakeCall());
  for (const SeenRequest& request : store.server.requests()) CHECK(carries_key(request));
}

TEST_CASE("a copy has the customer's key for its source as well") {
  ScriptedStore store(
      {head_answer(5), Answer(200, "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>")},
      {{"customerkey", customer_key}});
  store.driver->copy("/a", "/b", {}, FakeCall());
  const SeenRequest request = store.server.requests().at(1);
  CHECK(carries_key(request));
  CHECK(carries_key(request, "x-amz-copy-source-"));
}

TEST_CASE("a copy by parts has the customer's key for its source with each part") {
  UploadService service;
  service.other = [](const SeenRequest& request) -> std::optional<Answer> {
    if (request.method == "HEAD") return head_answer(12 * mib);
    return std::nullopt;
  };
  ScriptedStore store(service.handler(), {{"customerkey", customer_key},
                                          {"multipartcopythresholdsize", "5242880"},
                                          {"multipartcopychunksize", "5242880"}});
  store.driver->copy("/a", "/k", {}, FakeCall());
  std::size_t parts = 0;
  for (const SeenRequest& request : store.server.requests()) {
    const bool copies = is_copy(request);
    parts += copies ? 1 : 0;
    if (copies || contains(request.target, "?uploads=")) CHECK(carries_key(request));
    CHECK(carries_key(request, "x-amz-copy-source-") == copies);
  }
  CHECK(parts == 3);
  CHECK(service.completions == 1);
}

TEST_CASE("an object that the service cannot copy is downloaded and uploaded, in one version") {
  UploadService service;
  service.other = [](const SeenRequest& request) -> std::optional<Answer> {
    if (is_copy(request)) return error_answer(501, "NotImplemented");
    if (request.method == "HEAD") return head_answer(5);
    if (request.method == "GET") return object_answer("hello");
    return std::nullopt;
  };
  ScriptedStore store(service.handler());
  store.driver->copy("/a", "/b", {}, FakeCall());
  const SeenRequest part = store.server.requests().at(store.server.count() - 2);
  CHECK(part.target == "/b/b?partNumber=1&uploadId=u1");
  CHECK(part.body == "hello");
}

TEST_CASE("a copy through this process fails if the source was replaced") {
  UploadService service;
  service.other = [](const SeenRequest& request) -> std::optional<Answer> {
    if (is_copy(request)) return error_answer(501, "NotImplemented");
    if (request.method == "HEAD") return head_answer(5);
    if (request.method == "GET") return object_answer("newer", "\"n\"");
    return std::nullopt;
  };
  ScriptedStore store(service.handler());
  const auto copy = [&] { store.driver->copy("/a", "/b", {}, FakeCall()); };
  CHECK(status_of(copy) == BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(store.log().back() == "DELETE /b/b?uploadId=u1");
}

TEST_CASE("of a multipart upload, only the start and the parts have the customer's key") {
  UploadService service;
  ScriptedStore store(service.handler(), {{"customerkey", customer_key}, {"chunksize", "5242880"}});
  write_parts(*store.driver, std::string(6 * mib, 'x'));
  std::size_t with_key = 0;
  for (const SeenRequest& request : store.server.requests()) {
    const bool content = request.method == "PUT" || request.target.find("uploads") == 5;
    CHECK(carries_key(request) ==
          (request.method == "HEAD" || (content && request.method != "GET")));
    with_key += carries_key(request) ? 1 : 0;
  }
  CHECK(with_key == 5);  // HEAD at open and before completing
}

TEST_CASE("an upload with checksums is listed and completed with the customer's key too") {
  std::atomic<bool> joined{false};
  ScriptedStore store(
      [&](const SeenRequest& request) {
        if (request.method == "HEAD") return joined ? head_answer(5 * mib) : not_found();
        joined = joined || request.method == "POST";
        if (request.target.find("uploads") != std::string::npos && request.method == "GET")
          return Answer(200,
                        "<ListMultipartUploadsResult><Upload><Key>k</Key><UploadId>u</UploadId>"
                        "</Upload></ListMultipartUploadsResult>");
        if (request.method == "GET" && request.target.find("uploadId") != std::string::npos)
          return Answer(200,
                        "<ListPartsResult><Part><PartNumber>1</PartNumber><Size>5242880</Size>"
                        "<ETag>e</ETag><ChecksumCRC32C>AAAAAA==</ChecksumCRC32C></Part>"
                        "</ListPartsResult>");
        if (request.method == "POST")
          return Answer(200, "<CompleteMultipartUploadResult></CompleteMultipartUploadResult>");
        return not_found();
      },
      {{"customerkey", customer_key}, {"checksum", "crc32c"}});
  sdk::WriteOptions options;
  options.append = true;
  store.driver->writer("/k", options, FakeCall())->commit({}, FakeCall());
  std::size_t of_the_upload = 0;
  for (const SeenRequest& request : store.server.requests()) {
    if (request.target.find("uploadId") == std::string::npos) continue;
    CHECK(carries_key(request));
    ++of_the_upload;
  }
  CHECK(of_the_upload == 2);
}

TEST_CASE("with a customer's key there are no URLs, and the error says why") {
  ScriptedStore store(std::vector<Answer>{}, {{"customerkey", customer_key}});
  CHECK((store.driver->capabilities().flags & BERTH_CAP_URL) == 0);
  const auto ask = [&] {
    (void)store.driver->url_for("/a", {"GET", std::chrono::minutes(1)}, FakeCall());
  };
  CHECK(message_of(ask) ==
        "a signed URL does not work for objects that are encrypted with customerkey");
  CHECK(status_of(ask) == BERTH_STATUS_UNSUPPORTED_METHOD);
}
