// SPDX-License-Identifier: Apache-2.0
//
// Attributes as headers, and encoded words of RFC 2047.
#include "common/attributes.hpp"

#include <map>
#include <string>

#include <doctest/doctest.h>

using namespace berth;
using common::attributes_in, common::decode_metadata, common::encode_metadata;

namespace {

std::map<std::string, std::string> attributes(const http::Headers& headers) {
  std::map<std::string, std::string> result;
  for (const sdk::Attribute& each : attributes_in(headers, "x-amz-meta-"))
    result.emplace(each.name, each.value);
  return result;
}

}  // namespace

TEST_CASE("a value that a header carries unchanged is not encoded") {
  for (const char* value : {"x", "ci", "max-age=60", "100% \"quoted\" \\", "a b", "1700000000.5"})
    CHECK(encode_metadata(value) == value);
}

TEST_CASE("every other value is an encoded word, and is decoded to itself") {
  CHECK(encode_metadata("Grüße") == "=?utf-8?b?R3LDvMOfZQ==?=");
  for (const std::string value : {"", " ", " x", "x ", "a  b", "=?utf-8?b?eA==?=", "Grüße, 世界"}) {
    CHECK(encode_metadata(value) != value);
    CHECK(decode_metadata(encode_metadata(value)) == value);
  }
}

TEST_CASE("encoded words of other clients are decoded") {
  CHECK(decode_metadata("=?UTF-8?B?R3LDvMOfZQ==?=") == "Grüße");
  CHECK(decode_metadata("=?UTF-8?Q?Gr=C3=BC=C3=9Fe_2?=") == "Grüße 2");
  CHECK(decode_metadata("=?UTF-8?Q?Gr=C3=BC?= =?UTF-8?Q?=C3=9Fe?=") == "Grüße");
}

TEST_CASE("what is not an encoded word stays as it is") {
  for (const char* value :
       {"=?", "=?utf-8?b?", "=?utf-8?b?!!?=", "=?utf-8?x?eA==?=", "x =?utf-8?b?eA==?=",
        "=?latin1?q?=FC?=", "=?utf-8?q?=C?=", "=?utf-8?q?=XY?="})
    CHECK(decode_metadata(value) == value);
}

TEST_CASE("attributes are the standard headers and the metadata without Berth's own") {
  const http::Headers headers{
      {"Content-Type", "text/plain"},   {"Cache-Control", "no-cache"},
      {"Content-Length", "5"},          {"ETag", "\"e\""},
      {"X-Amz-Meta-Owner", "ci"},       {"x-amz-meta-name", "=?utf-8?b?R3LDvMOfZQ==?="},
      {"x-amz-meta-berth-mark", "1234"}};
  CHECK(attributes(headers) == std::map<std::string, std::string>{{"content-type", "text/plain"},
                                                                  {"cache-control", "no-cache"},
                                                                  {"owner", "ci"},
                                                                  {"name", "Grüße"}});
}

TEST_CASE("the content type of an object that was written without one is not reported") {
  for (const char* type : {"application/octet-stream", "binary/octet-stream", ""})
    CHECK(attributes({{"Content-Type", type}}).empty());
}
