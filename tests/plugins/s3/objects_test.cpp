// SPDX-License-Identifier: Apache-2.0
//
// Whole objects: put, get, stat, copy and move, and answers that a healthy service never sends.
#include <doctest/doctest.h>

#include <fstream>

#include "common/crypto.hpp"
#include "scripted_store.hpp"
#include "support/certificate.hpp"
#include "support/temp_dir.hpp"

using namespace berth;
using namespace berth::test;
using Lines = std::vector<std::string>;

TEST_CASE("put sends one request with type, hash and signature, and no default values") {
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
  CHECK_FALSE(request.has("Content-Encoding"));
}

TEST_CASE("ACL, storage class, encryption and checksum are sent as configured") {
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

TEST_CASE("opening a store sends no request") {
  for (const char* root : {"", "r"})
    CHECK(ScriptedStore(std::vector<Answer>{}, {{"rootdirectory", root}}).server.count() == 0);
}

TEST_CASE("over https, bodies are signed only if configured") {
  const Certificate certificate;
  const TempDir folder;
  std::ofstream(folder.path() / "ca.pem") << certificate.pem();
  ScriptedServer service([](const SeenRequest&) { return Answer(200); },
                         certificate.server_context());
  Given given = S3Defaults::parameters(service.url());
  given["proxy"] = "none";
  given["cafile"] = (folder.path() / "ca.pem").string();
  put(*open_driver<s3::S3Driver>(given), "/k", "hello");
  given["payloadsigning"] = "signed";
  put(*open_driver<s3::S3Driver>(given), "/k", "hello");
  CHECK(service.requests().at(0).header("x-amz-content-sha256") == "UNSIGNED-PAYLOAD");
  CHECK(service.requests().at(1).header("x-amz-content-sha256") ==
        common::hex(common::sha256("hello")));
}

TEST_CASE("the user agent is Berth's, with the parameter added") {
  ScriptedStore store({Answer(200)}, {{"useragent", "backup/7"}});
  put(*store.driver, "/k", "x");
  CHECK(store.server.requests().at(0).header("User-Agent") == "berth backup/7");
}

TEST_CASE("a type with a line break is refused before anything is sent") {
  ScriptedStore store({Answer(200)});
  sdk::WriteOptions options;
  const FakeAttributes attributes{{"content-type", "text/plain\r\nx-amz-acl: public-read"}};
  options.attributes = attributes;
  CHECK(status_of([&] { put(*store.driver, "/k", "x", options); }) != BERTH_STATUS_OK);
  CHECK(store.server.count() == 0);
}

TEST_CASE("the root directory is part of every key") {
  ScriptedStore store({Answer(200)}, {{"rootdirectory", "/reg/"}});
  put(*store.driver, "/a", "");
  CHECK(store.log() == Lines{"PUT /b/reg/a"});
}

TEST_CASE("signature version 2 is used if version 4 is disabled") {
  ScriptedStore store({Answer(200)}, {{"v4auth", "false"}});
  put(*store.driver, "/k", "x");
  CHECK(store.server.requests().at(0).header("Authorization").find("AWS a:") == 0);
  CHECK_FALSE(store.server.requests().at(0).has("x-amz-content-sha256"));
}

TEST_CASE("after a slow-down answer the whole object is sent again") {
  ScriptedStore store({error_answer(503, "SlowDown").header("Retry-After", "0"),
                       error_answer(503, "SlowDown"), Answer(200)});
  put(*store.driver, "/k", "hello");
  REQUIRE(store.server.count() == 3);
  for (const SeenRequest& request : store.server.requests()) CHECK(request.body == "hello");
}

TEST_CASE("the number of attempts is limited, and the error has the last code and request id") {
  ScriptedStore store(
      [](const SeenRequest&) {
        return error_answer(500, "InternalError").header("x-amz-request-id", "tx1");
      },
      {{"maxretries", "2"}});
  try {
    put(*store.driver, "/k", "x");
    FAIL("no error");
  } catch (const sdk::Error& error) {
    CHECK(error.status() == BERTH_STATUS_UNAVAILABLE);
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

TEST_CASE("stat distinguishes a forbidden object from a missing one without an error document") {
  ScriptedStore forbidden({Answer(403).no_body().header("x-amz-request-id", "tx1")});
  try {
    stat(*forbidden.driver, "/k");
    FAIL("no error");
  } catch (const sdk::Error& error) {
    CHECK(error.status() == BERTH_STATUS_PERMISSION_DENIED);
    CHECK(error.protocol_status() == 403);
    CHECK(error.request_id() == "tx1");
  }
  ScriptedStore missing({not_found(), list_answer("")});
  CHECK(status_of([&] { stat(*missing.driver, "/k"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(missing.log() ==
        Lines{"HEAD /b/k", "GET /b?list-type=2&encoding-type=url&prefix=k%2F&max-keys=1"});
}

TEST_CASE("stat returns size and time") {
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

TEST_CASE("a body that ends early is continued after its last byte, in the same version") {
  ScriptedStore store(
      {object_answer("hello world").cut(6),
       Answer(206, "world").header("Content-Range", "bytes 6-10/11").header("ETag", "\"e\"")});
  CHECK(get(*store.driver, "/k") == "hello world");
  CHECK(store.server.requests().at(1).header("If-Match") == "\"e\"");
  CHECK(store.server.requests().at(1).header("Range").find("bytes=6-") == 0);
}

TEST_CASE("an object that changes while it is read is an error, not a mixture") {
  ScriptedStore store({object_answer("hello world").cut(6), Answer(412)});
  CHECK(status_of([&] { get(*store.driver, "/k"); }) == BERTH_STATUS_PRECONDITION_FAILED);
}

TEST_CASE("a service that ignores the range is read up to the offset") {
  ScriptedStore store({object_answer("hello world")});
  CHECK(read(*store.driver, "/k", {6, 5}) == "world");
}

TEST_CASE("an offset after the end reads nothing, whether or not the service reports the size") {
  ScriptedStore told({error_answer(416, "InvalidRange").header("Content-Range", "bytes */5")});
  CHECK(read(*told.driver, "/k", {10}).empty());
  ScriptedStore untold({error_answer(416, "InvalidRange")});
  CHECK(read(*untold.driver, "/k", {10, 7}).empty());
  CHECK(untold.server.count() == 1);
}

TEST_CASE("create-only succeeds after a conflict") {
  ScriptedStore conflict({error_answer(409, "ConditionalRequestConflict"), Answer(200)});
  put(*conflict.driver, "/k", "x", create_only());
  CHECK(conflict.server.requests().at(1).header("If-None-Match") == "*");
}

TEST_CASE("a copy is repeated if the answer 200 has an error") {
  ScriptedStore store({head_answer(3), Answer(200, "<Error><Code>SlowDown</Code></Error>"),
                       Answer(200, "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>")});
  store.driver->copy("/a", "/d/x y", {}, FakeCall());
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
  CHECK(status_of([&] { move(*store.driver, "/a", "/c"); }) == BERTH_STATUS_UNAVAILABLE);
  CHECK(store.log() == Lines{"HEAD /b/a", "PUT /b/c", "PUT /b/c"});
}

TEST_CASE("a copy's source is percent-encoded once, with its slashes") {
  ScriptedStore store({head_answer(3),
                       Answer(200, "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>"),
                       no_uploads(), head_answer(3), Answer(204)});
  move(*store.driver, "/d/\xC3\xBC c++ #1?.bin", "/z");
  CHECK(store.server.requests().at(1).header("x-amz-copy-source") ==
        "/b/d/%C3%BC%20c%2B%2B%20%231%3F.bin");
}

TEST_CASE("a copy has a mark of its own, and the source's other metadata") {
  ScriptedStore store({head_answer(3)
                           .header("x-amz-meta-color", "blue")
                           .header("x-amz-meta-berth-mark", "of the source"),
                       Answer(200, "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>")});
  store.driver->copy("/a", "/c", {}, FakeCall());
  const SeenRequest copy = store.server.requests().at(1);
  CHECK(copy.header("x-amz-metadata-directive") == "REPLACE");
  CHECK(copy.header("x-amz-meta-color") == "blue");
  CHECK(copy.header("x-amz-meta-berth-mark").size() == 16);
}

TEST_CASE("a move whose copy is too short fails, and the source is kept") {
  ScriptedStore store({head_answer(3),
                       Answer(200, "<CopyObjectResult><ETag>f</ETag></CopyObjectResult>"),
                       head_answer(0, "\"f\"")});
  CHECK(message_of([&] { move(*store.driver, "/a", "/c"); }) ==
        "the new object 'c' has 0 bytes; it should have 3 bytes");
  CHECK(store.log() == Lines{"HEAD /b/a", "PUT /b/c", "HEAD /b/c"});
}

TEST_CASE("a move keeps a source that was replaced while it was copied") {
  const Answer copied(200, "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>");
  ScriptedStore before({head_answer(3), copied, no_uploads(), head_answer(3, "\"n\"")});
  CHECK(status_of([&] { move(*before.driver, "/a", "/c"); }) == BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(before.log().back() == "HEAD /b/a");

  // Between HEAD and DELETE.
  ScriptedStore late({head_answer(3), copied, no_uploads(), head_answer(3),
                      error_answer(412, "PreconditionFailed"), head_answer(3, "\"n\"")});
  CHECK(status_of([&] { move(*late.driver, "/a", "/c"); }) == BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(late.server.requests().at(4).header("If-Match") == "\"e\"");
}

TEST_CASE("a service without conditional deletions gets an unconditional one") {
  ScriptedStore store(
      {head_answer(3), Answer(200, "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>"),
       no_uploads(), head_answer(3), error_answer(501, "NotImplemented"), Answer(204)});
  move(*store.driver, "/a", "/c");
  CHECK(store.server.requests().at(4).has("If-Match"));
  CHECK_FALSE(store.server.requests().at(5).has("If-Match"));
}

TEST_CASE("move onto itself keeps the object") {
  ScriptedStore store({head_answer(3)});
  move(*store.driver, "/a", "/a");
  CHECK(store.log() == Lines{"HEAD /b/a"});
}

TEST_CASE("URLs are signed for GET, HEAD and PUT, for redirectendpoint if it is given") {
  ScriptedStore store(std::vector<Answer>{}, {{"redirectendpoint", "https://cdn.example:8443"}});
  const auto url = [&](std::string_view method) {
    return store.driver->url_for("/a b", {method, std::chrono::minutes(20)}, FakeCall());
  };
  CHECK(url("GET").find("https://cdn.example:8443/b/a%20b?X-Amz-Algorithm=AWS4-HMAC-SHA256&") == 0);
  CHECK(url("GET").find("X-Amz-Expires=1200") != std::string::npos);
  CHECK(url("GET") != url("HEAD"));
  CHECK(status_of([&] { url("DELETE"); }) == BERTH_STATUS_UNSUPPORTED_METHOD);
  CHECK(store.server.count() == 0);
}
