// SPDX-License-Identifier: Apache-2.0
//
// Whole objects and listings: the requests, and answers that a healthy service never sends.
#include <doctest/doctest.h>

#include <fstream>

#include "common/crypto.hpp"
#include "scripted_store.hpp"
#include "support/certificate.hpp"
#include "support/temp_dir.hpp"

using namespace berth;
using namespace berth::test;
using Lines = std::vector<std::string>;

namespace {

// The error of opening or of reading.
berth_status read_status(sdk::Driver& driver, const sdk::ReadOptions& options = {}) {
  return status_of([&] { read(driver, "/k", options); });
}

}  // namespace

TEST_CASE("put sends one signed request with a digest") {
  ScriptedStore store({Answer(200)});
  put(*store.driver, "/a b/c+d", "hello");
  const SeenRequest request = store.server.requests().at(0);
  CHECK(request.target == "/b/a%20b/c%2Bd");
  CHECK(request.body == "hello");
  CHECK(request.header("Content-Type") == "application/octet-stream");
  CHECK(request.header("Content-MD5") == common::base64(common::md5("hello")));
  CHECK(request.header("x-oss-content-sha256") == "UNSIGNED-PAYLOAD");
  CHECK(request.header("Authorization").find("OSS4-HMAC-SHA256 Credential=a/") == 0);
  CHECK_FALSE(request.has("x-oss-server-side-encryption"));
}

TEST_CASE("signatureversion v1 signs with version 1") {
  ScriptedStore store({Answer(200)}, {{"signatureversion", "v1"}});
  put(*store.driver, "/k", "x");
  CHECK(store.server.requests().at(0).header("Authorization").find("OSS a:") == 0);
  CHECK_FALSE(store.server.requests().at(0).has("x-oss-content-sha256"));
}

TEST_CASE("the security token goes with each request") {
  for (const char* version : {"v1", "v4"}) {
    ScriptedStore store({Answer(200)}, {{"signatureversion", version}, {"securitytoken", "t"}});
    put(*store.driver, "/k", "x");
    CHECK(store.server.requests().at(0).header("x-oss-security-token") == "t");
  }
}

TEST_CASE("puts, copies and multipart uploads request encryption") {
  const auto handler = [](const SeenRequest& request) {
    if (request.method == "HEAD") return head_answer(5);
    if (request.target.find("uploads") != std::string::npos && request.method == "POST")
      return Answer(200,
                    "<InitiateMultipartUploadResult><UploadId>u</UploadId>"
                    "</InitiateMultipartUploadResult>");
    if (request.method == "GET" && request.target.find("uploadId=") != std::string::npos)
      return Answer(200, "<ListPartsResult></ListPartsResult>");
    if (request.method == "GET") return no_uploads();
    return Answer(200, "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>").header("ETag", "e");
  };
  ScriptedStore store(handler, {{"encrypt", "true"}, {"encryptionkeyid", "key-1"}});
  put(*store.driver, "/k", "x");
  store.driver->copy("/k", "/l", {}, FakeCall());
  keep(*writer(*store.driver, "/m"));
  int asked = 0;
  for (const SeenRequest& request : store.server.requests()) {
    if (!request.has("x-oss-server-side-encryption")) continue;
    ++asked;
    CHECK(request.header("x-oss-server-side-encryption") == "KMS");
    CHECK(request.header("x-oss-server-side-encryption-key-id") == "key-1");
  }
  CHECK(asked == 4);
}

TEST_CASE("encryption without a key uses AES256") {
  ScriptedStore store({Answer(200)}, {{"encrypt", "true"}});
  put(*store.driver, "/k", "x");
  CHECK(store.server.requests().at(0).header("x-oss-server-side-encryption") == "AES256");
}

TEST_CASE("create-only is a condition of the request, and the refusal is reported") {
  ScriptedStore store({error_answer(409, "FileAlreadyExists")});
  CHECK(status_of([&] { put(*store.driver, "/k", "x", create_only()); }) ==
        BERTH_STATUS_ALREADY_EXISTS);
  CHECK(store.server.requests().at(0).header("x-oss-forbid-overwrite") == "true");
}

TEST_CASE("a create-only put whose first answer was lost recognises its own object") {
  for (const bool ours : {true, false}) {
    ForgetfulService lost("x-oss-meta-berth-mark", ours, error_answer(409, "FileAlreadyExists"));
    ScriptedStore store([&](const SeenRequest& request) {
      return request.method == "HEAD" ? lost.head(1, "\"e\"") : lost.write(request);
    });
    CHECK(status_of([&] { put(*store.driver, "/k", "x", create_only()); }) ==
          (ours ? BERTH_STATUS_OK : BERTH_STATUS_ALREADY_EXISTS));
  }
}

TEST_CASE("a range is requested with the standard behaviour") {
  ScriptedStore store({object_answer("hello")});
  read(*store.driver, "/k", {2, 3});
  const SeenRequest request = store.server.requests().at(0);
  CHECK(request.header("Range") == "bytes=2-4");
  CHECK(request.header("x-oss-range-behavior") == "standard");
}

TEST_CASE("the whole object in answer to a range after the end is read as no content") {
  ScriptedStore store({object_answer("hello")});
  CHECK(read(*store.driver, "/k", {9}) == "");
}

TEST_CASE("the whole object in answer to a range inside it is cut to the range") {
  ScriptedStore store({object_answer("hello")});
  CHECK(read(*store.driver, "/k", {1, 3}) == "ell");
}

TEST_CASE("a range that begins elsewhere is an error") {
  ScriptedStore store([](const SeenRequest&) {
    return Answer(206, "hel").header("Content-Range", "bytes 0-2/5").header("ETag", "\"e\"");
  });
  CHECK(read_status(*store.driver, {1, 3}) == BERTH_STATUS_UNAVAILABLE);
}

TEST_CASE("only a missing key is a missing path") {
  const auto status = [](Answer answer) {
    ScriptedStore store([&](const SeenRequest&) { return answer; }, {{"maxretries", "0"}});
    return read_status(*store.driver);
  };
  CHECK(status(error_answer(404, "NoSuchKey")) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(status(error_answer(404, "NoSuchBucket")) == BERTH_STATUS_UNKNOWN);
  CHECK(status(error_answer(404, "SymlinkTargetNotExist")) == BERTH_STATUS_UNKNOWN);
  CHECK(status(error_answer(403, "AccessDenied")) == BERTH_STATUS_PERMISSION_DENIED);
  CHECK(status(error_answer(403, "InvalidObjectState")) == BERTH_STATUS_PERMISSION_DENIED);
  CHECK(status(error_answer(403, "InvalidAccessKeyId")) == BERTH_STATUS_UNAUTHENTICATED);
  CHECK(status(error_answer(503, "DownloadTrafficRateLimitExceeded")) == BERTH_STATUS_RATE_LIMITED);
  CHECK(status(error_answer(500, "InternalError")) == BERTH_STATUS_UNAVAILABLE);
}

TEST_CASE("the error of a refused request has operation, reason, code and request id") {
  ScriptedStore store(
      {error_answer(403, "SignatureDoesNotMatch").header("x-oss-request-id", "R1")});
  try {
    put(*store.driver, "/k", "x");
    FAIL("no error");
  } catch (const sdk::Error& error) {
    CHECK(error.message() == "cannot write 'k': wrong signature; check accesskeysecret");
    CHECK(error.code() == "SignatureDoesNotMatch");
    CHECK(error.request_id() == "R1");
    CHECK_FALSE(error.retryable());
  }
}

TEST_CASE("the error for a bucket in another region names its host") {
  ScriptedStore store(
      {error_answer(403, "AccessDenied", "<Endpoint>oss-cn-beijing.aliyuncs.com</Endpoint>")});
  CHECK(message_of([&] { put(*store.driver, "/k", "x"); }) ==
        "cannot write 'k': the bucket is at oss-cn-beijing.aliyuncs.com; check region");
}

TEST_CASE("after an answer that requests are too frequent, the whole object is sent again") {
  ScriptedStore store({error_answer(503, "QpsLimitExceeded").header("Retry-After", "0"),
                       error_answer(500, "InternalError"), Answer(200)});
  put(*store.driver, "/k", "hello");
  REQUIRE(store.server.count() == 3);
  for (const SeenRequest& request : store.server.requests()) CHECK(request.body == "hello");
}

TEST_CASE("an expired token of fixed keys is an error, without a second attempt") {
  ScriptedStore store({error_answer(403, "SecurityTokenExpired")}, {{"securitytoken", "t"}});
  CHECK(status_of([&] { put(*store.driver, "/k", "x"); }) == BERTH_STATUS_UNAUTHENTICATED);
  CHECK(store.server.count() == 1);
}

TEST_CASE("listings request encoded names in full pages, and decode them") {
  ScriptedStore store({list_answer("<EncodingType>url</EncodingType>"
                                   "<IsTruncated>true</IsTruncated>"
                                   "<NextContinuationToken>t/+=</NextContinuationToken>"
                                   "<Contents><Key>d%2Fa%2Bb%20c</Key><Size>1</Size></Contents>"),
                       list_answer("<Contents><Key>d/e</Key><Size>1</Size></Contents>")});
  CHECK(list(*store.driver, "/d") == Lines{"/d/a+b c", "/d/e"});
  CHECK(store.log() ==
        Lines{"GET /b/?list-type=2&encoding-type=url&prefix=d%2F&delimiter=%2F&max-keys=1000",
              "GET /b/?list-type=2&encoding-type=url&prefix=d%2F&delimiter=%2F&max-keys=1000"
              "&continuation-token=t%2F%2B%3D"});
}

TEST_CASE("keys that mark a directory are not listed") {
  const auto answer = [](const SeenRequest&) {
    return list_answer(
        "<Contents><Key>docker/registry/v2/repositories/</Key><Size>0</Size></Contents>"
        "<CommonPrefixes><Prefix>docker/registry/v2/repositories/a/</Prefix></CommonPrefixes>");
  };
  ScriptedStore store(answer);
  CHECK(list(*store.driver, "/docker/registry/v2/repositories") ==
        Lines{"/docker/registry/v2/repositories/a/"});
}

TEST_CASE("a deletion of many keys has a digest, and the service must confirm each key") {
  int deletions = 0;
  ScriptedStore store([&](const SeenRequest& request) {
    if (request.method == "GET" && request.target.find("uploads") != std::string::npos)
      return no_uploads();
    if (request.method == "GET")
      return list_answer(
          "<Contents><Key>d/a&amp;b</Key></Contents><Contents><Key>d/c</Key></Contents>");
    return ++deletions == 1
               ? Answer(200, "<DeleteResult><Deleted><Key>d/c</Key></Deleted></DeleteResult>")
               : Answer(200,
                        "<DeleteResult><EncodingType>url</EncodingType><Deleted>"
                        "<Key>d%2Fa%26b</Key></Deleted></DeleteResult>");
  });
  remove(*store.driver, "/d");
  CHECK(deletions == 2);
  for (const SeenRequest& request : store.server.requests())
    if (request.method == "POST") {
      CHECK(request.target == "/b/?delete&encoding-type=url");
      CHECK(request.header("Content-MD5") == common::base64(common::md5(request.body)));
      CHECK(request.body.find("<Key>d/a&amp;b</Key>") != std::string::npos);
    }
}

TEST_CASE("the error names a key that still exists after a deletion") {
  ScriptedStore store(
      [](const SeenRequest& request) {
        if (request.method == "GET" && request.target.find("uploads") != std::string::npos)
          return no_uploads();
        if (request.method == "GET")
          return list_answer(
              "<Contents><Key>d/a</Key></Contents><Contents><Key>d/b</Key></Contents>");
        return Answer(200, "<DeleteResult><Deleted><Key>d/a</Key></Deleted></DeleteResult>");
      },
      {{"maxretries", "0"}});
  CHECK(message_of([&] { remove(*store.driver, "/d"); }).find("'d/b'") != std::string::npos);
}

TEST_CASE("URLs are signed for GET, HEAD and PUT, and for nothing else") {
  ScriptedStore store(std::vector<Answer>{});
  sdk::UrlOptions options{"GET", std::chrono::minutes(20)};
  for (const char* method : {"GET", "HEAD", "PUT"}) {
    options.method = method;
    CHECK(store.driver->url_for("/a b", options, FakeCall()).find("/b/a%20b?x-oss-signature") !=
          std::string::npos);
  }
  options.method = "DELETE";
  CHECK(status_of([&] { store.driver->url_for("/k", options, FakeCall()); }) ==
        BERTH_STATUS_UNSUPPORTED_METHOD);
}

TEST_CASE("a proxy gets the whole URL of the service") {
  ScriptedServer proxy({object_answer("hello")});
  oss::OssDriver::init();
  const auto store = open_driver<oss::OssDriver>({{"region", "oss-cn-hangzhou"},
                                                  {"bucket", "b"},
                                                  {"secure", "false"},
                                                  {"accesskeyid", "a"},
                                                  {"accesskeysecret", "s"},
                                                  {"proxy", proxy.url()}});
  CHECK(get(*store, "/k") == "hello");
  CHECK(proxy.requests().at(0).target == "http://b.oss-cn-hangzhou.aliyuncs.com/k");
  CHECK(proxy.requests().at(0).header("Host") == "b.oss-cn-hangzhou.aliyuncs.com");
}

TEST_CASE("a private certificate is trusted only if it is in the given file") {
  const Certificate certificate;
  const TempDir dir;
  std::ofstream(dir.path() / "ca.pem") << certificate.pem();
  ScriptedServer service([](const SeenRequest&) { return object_answer("hello"); },
                         certificate.server_context());
  oss::OssDriver::init();
  std::map<std::string, std::string> given{{"endpoint", service.url()},
                                           {"region", "oss-cn-hangzhou"},
                                           {"bucket", "b"},
                                           {"accesskeyid", "a"},
                                           {"accesskeysecret", "s"},
                                           {"proxy", "none"},
                                           {"cafile", dir.string() + "/ca.pem"}};
  CHECK(get(*open_driver<oss::OssDriver>(given), "/k") == "hello");
  given.erase("cafile");
  given.emplace("maxretries", "0");
  CHECK(status_of([&] { get(*open_driver<oss::OssDriver>(given), "/k"); }) ==
        BERTH_STATUS_UNAVAILABLE);
}
