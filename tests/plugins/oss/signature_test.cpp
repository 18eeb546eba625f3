// SPDX-License-Identifier: Apache-2.0
//
// The vectors of version 4 are those of the official SDKs' own tests; the last one is the example
// of the service's documentation. Those of version 1 are computed by the official ali-oss package.
#include "signature.hpp"

#include <doctest/doctest.h>

#include <map>

#include "common/crypto.hpp"
#include "common/uri.hpp"
#include "endpoint.hpp"

using namespace berth;
using namespace berth::oss;

namespace {

const Subject subject{"bucket", "1234+-/123/1.txt", "cn-hangzhou"};
const Credentials keys{"ak", "sk", "", {}};
const Credentials temporary{"ak", "sk", "token", {}};

Time at(int64_t seconds) {
  return Time(std::chrono::seconds(seconds));
}

http::Request request(const char* type) {
  http::Request request;
  request.method = "PUT";
  request.url.query = encode_flags_and_values({{"param1", "value1"},
                                               {"+param1", "value3"},
                                               {"|param1", "value4"},
                                               {"+param2", ""},
                                               {"|param2", ""},
                                               {"param2", ""}});
  request.headers = {{"x-oss-head1", "value"}, {"Content-Type", type}};
  return request;
}

http::Request header_request() {
  http::Request made = request("text/plain");
  for (const char* name : {"abc", "ZAbc", "XYZ"}) made.headers.add(name, "value");
  return made;
}

std::string mark(const http::Request& request) {
  const std::string text(request.headers.get("Authorization"));
  return text.substr(text.find("Signature=") + 10);
}

std::string url_mark(const http::Request& request) {
  const std::string& text = request.url.query;
  return text.substr(text.find("x-oss-signature=") + 16);
}

}  // namespace

TEST_CASE("version 4 signs headers as the official SDKs do") {
  http::Request signed_request = header_request();
  sign_v4(signed_request, keys, subject, at(1702743657));
  CHECK(mark(signed_request) == "e21d18daa82167720f9b1047ae7e7f1ce7cb77a31e8203a7d5f4624fa0284afe");
  CHECK(signed_request.headers.get("Authorization")
            .find("OSS4-HMAC-SHA256 Credential=ak/20231216/cn-hangzhou/oss/aliyun_v4_request,") ==
        0);
}

TEST_CASE("version 4 signs a security token") {
  http::Request signed_request = header_request();
  sign_v4(signed_request, temporary, subject, at(1702784856));
  CHECK(mark(signed_request) == "b94a3f999cf85bcdc00d332fbd3734ba03e48382c36fa4d5af5df817395bd9ea");
}

TEST_CASE("version 4 signs additional headers if they are named") {
  http::Request signed_request = header_request();
  signed_request.headers.add("x-oss-content-sha256", "UNSIGNED-PAYLOAD");
  signed_request.headers.add("x-oss-date", common::iso_basic_date(at(1702747512)));
  CHECK(signature_v4(signed_request, keys, subject, at(1702747512), {"abc", "zabc"}) ==
        "4a4183c187c07c8947db7620deb0a6b38d9fbdd34187b6dbaccb316fa251212f");
}

TEST_CASE("version 4 signs URLs as the official SDKs do") {
  http::Request url = request("application/octet-stream");
  presign_v4(url, keys, subject, std::chrono::seconds(599), at(1702781677));
  CHECK(url_mark(url) == "a39966c61718be0d5b14e668088b3fa07601033f6518ac7b523100014269c0fe");
}

TEST_CASE("version 4 signs the token of a URL") {
  http::Request url = request("application/octet-stream");
  presign_v4(url, temporary, subject, std::chrono::seconds(599), at(1702785388));
  CHECK(url_mark(url) == "3817ac9d206cd6dfc90f1c09c00be45005602e55898f26f5ddb06d7892e1f8b5");
}

TEST_CASE("the canonical request is that of the documentation's example") {
  http::Request example;
  example.method = "PUT";
  example.headers = {
      {"Content-Disposition", "attachment"},        {"Content-Length", "3"},
      {"Content-MD5", "ICy5YqxZB1uWSwcVLSNLcA=="},  {"Content-Type", "text/plain"},
      {"x-oss-content-sha256", "UNSIGNED-PAYLOAD"}, {"x-oss-date", "20250411T064124Z"}};
  const Subject where{"examplebucket", "exampleobject", "cn-hangzhou"};
  const std::string canonical =
      canonical_request_v4(example, where, {"content-disposition", "content-length"});
  CHECK(common::hex(common::sha256(canonical)) ==
        "c46d96390bdbc2d739ac9363293ae9d710b14e48081fcb22cd8ad54b63136eca");
  // The secret on the page; the published signature was made with another one.
  CHECK(signature_v4(example, {"", "yourAccessKeySecret", "", {}}, where, at(1744353684),
                     {"content-disposition", "content-length"}) ==
        "d3694c2dfc5371ee6acd35e88c4871ac95a7ba01d3a2f476768fe61218590097");
}

TEST_CASE("version 1 signs the plain resource, the service's headers and the sub-resources") {
  http::Request signed_request;
  signed_request.method = "PUT";
  signed_request.url.query = encode_flags_and_values(
      {{"uploadId", "A B"}, {"partNumber", "2"}, {"prefix", "not signed"}, {"uploads", ""}});
  signed_request.headers = {{"Content-Type", "text/plain"},
                            {"Content-MD5", "ICy5YqxZB1uWSwcVLSNLcA=="},
                            {"X-OSS-Meta-B", " b "},
                            {"x-oss-meta-a", "a"}};
  const Subject where{"bucket", "\xE4\xB8\xAD \xE6\x96\x87+%.txt", ""};
  CHECK(string_to_sign_v1(signed_request, where, "Thu, 17 Nov 2005 18:49:58 GMT") ==
        "PUT\nICy5YqxZB1uWSwcVLSNLcA==\ntext/plain\nThu, 17 Nov 2005 18:49:58 GMT\n"
        "x-oss-meta-a:a\nx-oss-meta-b:b\n"
        "/bucket/\xE4\xB8\xAD \xE6\x96\x87+%.txt?partNumber=2&uploadId=A B&uploads");
}

TEST_CASE("version 1 signs the example of the service's documentation") {
  http::Request example;
  example.method = "PUT";
  example.headers = {{"Content-MD5", "ODBGOERFMDMzQTczRUY3NUE3NzA5QzdFNUYzMDQxNEM="},
                     {"Content-Type", "text/html"},
                     {"X-OSS-Meta-Author", "foo@bar.com"},
                     {"X-OSS-Magic", "abracadabra"}};
  const Subject where{"oss-example", "nelson", ""};
  sign_v1(example, {"44CF9590006BF252F707", "OtxrzxIsfpFjA7SwPzILwy8Bw21TLhquhboDYROV", "", {}},
          where, at(1132253398));
  CHECK(example.headers.get("Date") == "Thu, 17 Nov 2005 18:49:58 GMT");
  CHECK(example.headers.get("Authorization") ==
        "OSS 44CF9590006BF252F707:26NBxoKdsyly4EDv6inkoDft/yA=");
}

TEST_CASE("the token of a listing is signed by version 1, the prefix is not") {
  http::Request list;
  list.url.query = encode_flags_and_values(
      {{"list-type", "2"}, {"continuation-token", "a/+=="}, {"prefix", "p"}});
  CHECK(string_to_sign_v1(list, {"bucket", "", ""}, "d") ==
        "GET\n\n\nd\n/bucket/?continuation-token=a/+==");
}

// As ali-oss does.
TEST_CASE("version 1 sorts the sub-resources by name, not by value") {
  http::Request get;
  get.url.query = encode_flags_and_values({{"callback-var", "x"}, {"callback", "y"}});
  CHECK(string_to_sign_v1(get, {"b", "k", ""}, "d") ==
        "GET\n\n\nd\n/b/k?callback=y&callback-var=x");
}

TEST_CASE("a URL of version 1 has key, expiry time, token and signature") {
  http::Request url;
  url.url.query = "response-content-type=x%2Fy";
  presign_v1(url, temporary, {"bucket", "a b", ""}, std::chrono::seconds(60), at(1702781677));
  CHECK(url.url.query ==
        "response-content-type=x%2Fy&security-token=token&OSSAccessKeyId=ak&Expires=1702781737"
        "&Signature=XS09pUqTAQbShhB9x4msZpiReew%3D");
}

TEST_CASE("version 4 encodes the key once, and version 1 does not") {
  const Subject where{"bucket", "\xE4\xB8\xAD \xE6\x96\x87+%.txt", "cn-hangzhou"};
  http::Request get;
  CHECK(string_to_sign_v1(get, where, "d") == "GET\n\n\nd\n/bucket/" + where.key);
  const std::string canonical = canonical_request_v4(get, where);
  CHECK(canonical.find("GET\n/bucket/%E4%B8%AD%20%E6%96%87%2B%25.txt\n") == 0);
}
