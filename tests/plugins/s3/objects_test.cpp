// SPDX-License-Identifier: Apache-2.0
//
// Whole objects: put, get, stat, and the answers that healthy services never give.
#include <doctest/doctest.h>

#include "common/crypto.hpp"
#include "scripted_store.hpp"

using namespace berth;
using namespace berth::test;
using Lines = std::vector<std::string>;

namespace {
sdk::WriteOptions create_only() {
  sdk::WriteOptions options;
  options.create_only = true;
  return options;
}
}  // namespace

TEST_CASE("put sends one request with type, hash and signature, and nothing that is default") {
  ScriptedStore store({Answer(200)});
  put(*store.driver, "/a b/c+d", "hello");
  const SeenRequest request = store.server.requests().at(0);
  CHECK(request.target == "/b/a%20b/c%2Bd");
  CHECK(request.body == "hello");
  CHECK(request.header("Content-Type") == "application/octet-stream");
  CHECK(request.header("x-amz-content-sha256") == common::hex(common::sha256("hello")));
  CHECK(request.header("Authorization").find("content-type;host;x-amz-content-sha256;x-amz-date") !=
        std::string::npos);
  CHECK_FALSE(request.has("x-amz-acl"));
  CHECK_FALSE(request.has("x-amz-storage-class"));
  CHECK_FALSE(request.has("Transfer-Encoding"));
}

TEST_CASE("access list, class, encryption and checksum are sent as configured") {
  ScriptedStore store({Answer(200)}, {{"objectacl", "public-read"},
                                      {"storageclass", "STANDARD_IA"},
                                      {"encrypt", "true"},
                                      {"keyid", "key-1"},
                                      {"checksum", "crc32c"},
                                      {"payloadsigning", "unsigned"}});
  put(*store.driver, "/k", "123456789");
  const SeenRequest request = store.server.requests().at(0);
  CHECK(request.header("x-amz-acl") == "public-read");
  CHECK(request.header("x-amz-storage-class") == "STANDARD_IA");
  CHECK(request.header("x-amz-server-side-encryption") == "aws:kms");
  CHECK(request.header("x-amz-server-side-encryption-aws-kms-key-id") == "key-1");
  CHECK(request.header("x-amz-checksum-crc32c") == "4waSgw==");
  CHECK(request.header("x-amz-content-sha256") == "UNSIGNED-PAYLOAD");
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

// What a service says to an upload by parts: its start, its parts, its end.
Answer upload_answer(const SeenRequest& request) {
  if (request.target.find("uploads") != std::string::npos)
    return Answer(200,
                  "<InitiateMultipartUploadResult><UploadId>u</UploadId>"
                  "</InitiateMultipartUploadResult>");
  if (request.method == "POST")
    return Answer(200, "<CompleteMultipartUploadResult></CompleteMultipartUploadResult>");
  return Answer(200).header("ETag", "\"p\"");
}
}  // namespace

TEST_CASE("a customer's key goes with whatever reads or writes content") {
  ScriptedStore store({Answer(200), object_answer("hello"), head_answer(5)},
                      {{"customerkey", customer_key}});
  put(*store.driver, "/k", "hello");
  CHECK(get(*store.driver, "/k") == "hello");
  (void)store.driver->stat("/k", FakeCall());
  for (const SeenRequest& request : store.server.requests()) CHECK(carries_key(request));
}

TEST_CASE("a copy carries the customer's key for its source as well") {
  ScriptedStore store({head_answer(5), Answer(200, "<CopyObjectResult></CopyObjectResult>")},
                      {{"customerkey", customer_key}});
  store.driver->copy("/a", "/b", FakeCall());
  const SeenRequest request = store.server.requests().at(1);
  CHECK(carries_key(request));
  CHECK(carries_key(request, "x-amz-copy-source-"));
}

TEST_CASE("what the service will not copy goes by way of this process, in its one version") {
  ScriptedStore store([](const SeenRequest& request) {
    if (request.has("x-amz-copy-source")) return error_answer(501, "NotImplemented");
    if (request.method == "HEAD") return head_answer(5);
    if (request.method == "GET") return object_answer("hello");
    return upload_answer(request);
  });
  store.driver->copy("/a", "/b", FakeCall());
  const SeenRequest part = store.server.requests().at(store.server.count() - 2);
  CHECK(part.target == "/b/b?partNumber=1&uploadId=u");
  CHECK(part.body == "hello");
}

TEST_CASE("a version that was replaced before it could be carried over is not copied") {
  ScriptedStore store([](const SeenRequest& request) {
    if (request.has("x-amz-copy-source")) return error_answer(501, "NotImplemented");
    if (request.method == "HEAD") return head_answer(5);
    if (request.method == "GET") return object_answer("newer", "\"n\"");
    if (request.method == "DELETE") return Answer(204);
    return upload_answer(request);
  });
  const auto copy = [&] { store.driver->copy("/a", "/b", FakeCall()); };
  CHECK(status_of(copy) == BERTH_PRECONDITION_FAILED);
  CHECK(store.log().back() == "DELETE /b/b?uploadId=u");
}

TEST_CASE("an upload by parts carries the customer's key with its start and its parts only") {
  ScriptedStore store(
      [](const SeenRequest& request) {
        if (request.method == "GET") return no_uploads();
        return upload_answer(request);
      },
      {{"customerkey", customer_key}, {"chunksize", "5242880"}});
  const auto writer = store.driver->writer("/k", {}, FakeCall());
  writer->write(std::string(6 << 20, 'x'), FakeCall());
  writer->commit(FakeCall());
  size_t with_key = 0;
  for (const SeenRequest& request : store.server.requests()) {
    const bool content = request.method == "PUT" || request.target.find("uploads") == 5;
    CHECK(carries_key(request) == (content && request.method != "GET"));
    with_key += carries_key(request) ? 1 : 0;
  }
  CHECK(with_key == 3);
}

TEST_CASE("an upload with checksums is listed and completed with the customer's key too") {
  ScriptedStore store(
      [](const SeenRequest& request) {
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
  store.driver->writer("/k", options, FakeCall())->commit(FakeCall());
  size_t of_the_upload = 0;
  for (const SeenRequest& request : store.server.requests()) {
    if (request.target.find("uploadId") == std::string::npos) continue;
    CHECK(carries_key(request));
    ++of_the_upload;
  }
  CHECK(of_the_upload == 2);
}

TEST_CASE("with a customer's key there are no URLs, and the reason is told") {
  ScriptedStore store(std::vector<Answer>{}, {{"customerkey", customer_key}});
  CHECK((store.driver->capabilities().flags & BERTH_CAP_URL) == 0);
  const auto ask = [&] {
    (void)store.driver->url_for("/a", {"GET", std::chrono::minutes(1)}, FakeCall());
  };
  CHECK(message_of(ask) == "a URL would not work without the key that the objects are read with");
  CHECK(status_of(ask) == BERTH_UNSUPPORTED_METHOD);
}

TEST_CASE("the root directory is part of every key") {
  ScriptedStore store({Answer(200)}, {{"rootdirectory", "/reg/"}});
  put(*store.driver, "/a", "");
  CHECK(store.log() == Lines{"PUT /b/reg/a"});
}

TEST_CASE("signature version 2 is used when version 4 is switched off") {
  ScriptedStore store({Answer(200)}, {{"v4auth", "false"}});
  put(*store.driver, "/k", "x");
  CHECK(store.server.requests().at(0).header("Authorization").find("AWS a:") == 0);
  CHECK_FALSE(store.server.requests().at(0).has("x-amz-content-sha256"));
}

TEST_CASE("a slow-down is waited out and the upload is sent whole again") {
  ScriptedStore store({error_answer(503, "SlowDown").header("Retry-After", "0"),
                       error_answer(503, "SlowDown"), Answer(200)});
  put(*store.driver, "/k", "hello");
  REQUIRE(store.server.count() == 3);
  for (const SeenRequest& request : store.server.requests()) CHECK(request.body == "hello");
}

TEST_CASE("attempts are bounded, and the last refusal is told with code and request id") {
  ScriptedStore store(
      [](const SeenRequest&) {
        return error_answer(500, "InternalError").header("x-amz-request-id", "tx1");
      },
      {{"maxretries", "2"}});
  try {
    put(*store.driver, "/k", "x");
    FAIL("no error");
  } catch (const sdk::Error& error) {
    CHECK(error.status() == BERTH_UNAVAILABLE);
    CHECK(error.code() == "InternalError");
    CHECK(error.request_id() == "tx1");
  }
  CHECK(store.server.count() == 3);
}

TEST_CASE("a clock that is wrong is corrected from the service's Date, once") {
  ScriptedStore store(
      {error_answer(403, "RequestTimeTooSkewed").header("Date", "Sun, 06 Nov 2094 08:49:37 GMT"),
       Answer(200)});
  put(*store.driver, "/k", "x");
  CHECK(store.server.requests().at(1).header("x-amz-date").substr(0, 8) == "20941106");
}

TEST_CASE("stat tells a forbidden object from a missing one though neither answer has a body") {
  ScriptedStore forbidden({Answer(403).no_body()});
  CHECK(status_of([&] { stat(*forbidden.driver, "/k"); }) == BERTH_PERMISSION_DENIED);
  ScriptedStore missing({not_found(), list_answer("")});
  CHECK(status_of([&] { stat(*missing.driver, "/k"); }) == BERTH_PATH_NOT_FOUND);
  CHECK(missing.log() ==
        Lines{"HEAD /b/k", "GET /b?list-type=2&encoding-type=url&prefix=k%2F&max-keys=1"});
}

TEST_CASE("stat tells size and time") {
  ScriptedStore store({head_answer(12)});
  const sdk::Stat found = stat(*store.driver, "/k");
  CHECK(found.size == 12);
  CHECK(found.mtime_ns == 784111777000000000);
  CHECK(found.etag == "\"e\"");
}

TEST_CASE("a missing bucket is not a missing path") {
  ScriptedStore store({not_found(), error_answer(404, "NoSuchBucket")});
  CHECK(message_of([&] { stat(*store.driver, "/k"); }) ==
        "cannot list the bucket: the bucket does not exist");
}

TEST_CASE("a body that ends early is continued behind its last byte, of the same version") {
  ScriptedStore store(
      {object_answer("hello world").cut(6),
       Answer(206, "world").header("Content-Range", "bytes 6-10/11").header("ETag", "\"e\"")});
  CHECK(get(*store.driver, "/k") == "hello world");
  CHECK(store.server.requests().at(1).header("If-Match") == "\"e\"");
  CHECK(store.server.requests().at(1).header("Range").find("bytes=6-") == 0);
}

TEST_CASE("an object that changes while it is read is an error, not a mixture") {
  ScriptedStore store({object_answer("hello world").cut(6), Answer(412)});
  CHECK(status_of([&] { get(*store.driver, "/k"); }) == BERTH_PRECONDITION_FAILED);
}

TEST_CASE("a service that ignores the range is read up to the offset") {
  ScriptedStore store({object_answer("hello world")});
  CHECK(read(*store.driver, "/k", {6, 5}) == "world");
}

TEST_CASE("an offset behind the end is an empty read, whether or not the service tells the size") {
  ScriptedStore told({error_answer(416, "InvalidRange").header("Content-Range", "bytes */5")});
  CHECK(read(*told.driver, "/k", {10}).empty());
  ScriptedStore untold({error_answer(416, "InvalidRange")});
  CHECK(read(*untold.driver, "/k", {10, 7}).empty());
  CHECK(untold.server.count() == 1);
}

TEST_CASE("create-only succeeds after a conflict and tells an existing object") {
  ScriptedStore conflict({error_answer(409, "ConditionalRequestConflict"), Answer(200)});
  put(*conflict.driver, "/k", "x", create_only());
  CHECK(conflict.server.requests().at(1).header("If-None-Match") == "*");
  ScriptedStore taken({error_answer(412, "PreconditionFailed")});
  CHECK(status_of([&] { put(*taken.driver, "/k", "x", create_only()); }) == BERTH_ALREADY_EXISTS);
}

TEST_CASE("create-only recognises its own object when the first answer was lost") {
  ScriptedStore store({Answer::hang_up(), error_answer(412, "PreconditionFailed"),
                       head_answer(1, '"' + common::hex(common::md5("x")) + '"')});
  put(*store.driver, "/k", "x", create_only());
  CHECK(store.server.count() == 3);
}

TEST_CASE("a copy whose 200 carries an error is repeated") {
  ScriptedStore store({head_answer(3), Answer(200, "<Error><Code>SlowDown</Code></Error>"),
                       Answer(200, "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>")});
  store.driver->copy("/a", "/d/x y", FakeCall());
  CHECK(store.server.count() == 3);
  CHECK(store.server.requests().at(2).header("x-amz-copy-source") == "/b/a");
}

TEST_CASE("move does not delete its source before a good copy") {
  ScriptedStore store(
      [](const SeenRequest& request) {
        if (request.method == "HEAD") return head_answer(3);
        return Answer(200, "<Error><Code>InternalError</Code></Error>");
      },
      {{"maxretries", "1"}});
  CHECK(status_of([&] { move(*store.driver, "/a", "/c"); }) == BERTH_UNAVAILABLE);
  CHECK(store.log() == Lines{"HEAD /b/a", "PUT /b/c", "PUT /b/c"});
}

TEST_CASE("a copy's source is percent-encoded once, with its slashes") {
  ScriptedStore store({head_answer(3),
                       Answer(200, "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>"),
                       Answer(204)});
  move(*store.driver, "/d/\xC3\xBC c++ #1?.bin", "/z");
  CHECK(store.server.requests().at(1).header("x-amz-copy-source") ==
        "/b/d/%C3%BC%20c%2B%2B%20%231%3F.bin");
}

TEST_CASE("move onto itself keeps the object") {
  ScriptedStore store({head_answer(3)});
  move(*store.driver, "/a", "/a");
  CHECK(store.log() == Lines{"HEAD /b/a"});
}

TEST_CASE("a bucket in another region is asked there from then on") {
  ScriptedStore store(
      {error_answer(400, "AuthorizationHeaderMalformed", "<Region>eu-west-9</Region>"), Answer(200),
       Answer(200)});
  put(*store.driver, "/k", "x");
  put(*store.driver, "/k", "y");
  const auto requests = store.server.requests();
  REQUIRE(requests.size() == 3);
  for (const size_t i : {1, 2})
    CHECK(requests[i].header("Authorization").find("/eu-west-9/s3/") != std::string::npos);
}

TEST_CASE("a region that is wrong twice is an error, not a loop") {
  ScriptedStore store([count = std::make_shared<int>(0)](const SeenRequest&) {
    return Answer(301).no_body().header("x-amz-bucket-region", "r" + std::to_string(++*count));
  });
  CHECK(status_of([&] { stat(*store.driver, "/k"); }) == BERTH_UNKNOWN);
  CHECK(store.server.count() == 2);
}

TEST_CASE("a redirect on the same host is signed and sent anew") {
  ScriptedServer other({Answer(200)});
  ScriptedStore store({Answer(307).header("Location", other.url() + "/b/k")});
  put(*store.driver, "/k", "hello");
  REQUIRE(other.count() == 1);
  const SeenRequest request = other.requests().at(0);
  CHECK(request.body == "hello");
  CHECK(request.header("Host") == other.url().substr(7));
  CHECK(request.target == "/b/k");
}

TEST_CASE("a redirect to another host gets neither data nor signature") {
  ScriptedStore store({Answer(307).header("Location", "http://evil.example/b/k")});
  CHECK(status_of([&] { put(*store.driver, "/k", "x"); }) == BERTH_UNKNOWN);
  CHECK(store.server.count() == 1);
}

TEST_CASE("URLs are signed for GET, HEAD and PUT, on the redirect endpoint where there is one") {
  ScriptedStore store(std::vector<Answer>{}, {{"redirectendpoint", "https://cdn.example:8443"}});
  const auto url = [&](std::string_view method) {
    return store.driver->url_for("/a b", {method, std::chrono::minutes(20)}, FakeCall());
  };
  CHECK(url("GET").find("https://cdn.example:8443/b/a%20b?X-Amz-Algorithm=AWS4-HMAC-SHA256&") == 0);
  CHECK(url("GET").find("X-Amz-Expires=1200") != std::string::npos);
  CHECK(url("GET") != url("HEAD"));
  CHECK(status_of([&] { url("DELETE"); }) == BERTH_UNSUPPORTED_METHOD);
  CHECK(store.server.count() == 0);
}
