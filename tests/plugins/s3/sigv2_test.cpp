// SPDX-License-Identifier: Apache-2.0
//
// The examples of the S3 developer guide's section on signature version 2. Its dates end in
// "+0000", unlike HTTP dates; where a date is signed, the expected value was computed with openssl
// instead.
#include "sigv2.hpp"

#include <doctest/doctest.h>

using namespace berth;

namespace {
const s3::Credentials example{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                              "", std::nullopt};

http::Request request_for(const char* method, const char* url) {
  http::Request request;
  request.method = method;
  request.url = http::Url::parse(url, "url");
  return request;
}

common::Time at(int64_t seconds) {
  return common::Time(std::chrono::seconds(seconds));
}
}  // namespace

TEST_CASE("an object in a virtual-hosted bucket is signed with the bucket in front") {
  auto request = request_for("GET", "http://johnsmith.s3.amazonaws.com/photos/puppy.jpg");
  s3::sign_v2(request, example, "johnsmith", at(1175024202));  // Tue, 27 Mar 2007 19:36:42
  CHECK(request.headers.get("Authorization") ==
        "AWS AKIAIOSFODNN7EXAMPLE:l5OyHwmFwM1eA82pf/bAJD+zbsk=");
}

TEST_CASE("a listing is signed without its plain parameters") {
  auto request = request_for(
      "GET", "http://johnsmith.s3.amazonaws.com/?prefix=photos&max-keys=50&marker=puppy");
  s3::sign_v2(request, example, "johnsmith", at(1175024537));  // Tue, 27 Mar 2007 19:42:17
  CHECK(request.headers.get("Date") == "Tue, 27 Mar 2007 19:42:17 GMT");
  auto plain = request_for("GET", "http://johnsmith.s3.amazonaws.com/");
  s3::sign_v2(plain, example, "johnsmith", at(1175024537));
  CHECK(request.headers.get("Authorization") == plain.headers.get("Authorization"));
}

TEST_CASE("sub-resources are signed in order and decoded") {
  auto a = request_for("PUT", "http://h/b/k?uploadId=x%2Fy&partNumber=1");
  auto b = request_for("PUT", "http://h/b/k?partNumber=1&uploadId=x%2Fy&max-keys=2");
  s3::sign_v2(a, example, "", at(0));
  s3::sign_v2(b, example, "", at(0));
  CHECK(a.headers.get("Authorization") == b.headers.get("Authorization"));
}

TEST_CASE("the presigned URL of the guide has the guide's signature") {
  auto request = request_for("GET", "http://johnsmith.s3.amazonaws.com/photos/puppy.jpg");
  s3::presign_v2(request, example, "johnsmith", std::chrono::seconds(0), at(1175139620));
  CHECK(request.url.query ==
        "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1175139620&Signature="
        "NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D");
}
