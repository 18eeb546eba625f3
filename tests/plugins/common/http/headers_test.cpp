// SPDX-License-Identifier: Apache-2.0
#include "common/http/headers.hpp"

#include <doctest/doctest.h>

#include <cstdint>

namespace berth::http {
namespace {

std::optional<ContentRange> range_of(std::string_view text) {
  Headers headers;
  headers.add("Content-Range", text);
  return content_range(headers);
}

TEST_CASE("a header is found without case") {
  const Headers headers{{"ETag", "\"a\""}, {"Content-Length", "12"}};
  CHECK(headers.get("etag") == "\"a\"");
  CHECK(headers.number("CONTENT-LENGTH") == 12);
  CHECK_FALSE(headers.find("Date"));
}

TEST_CASE("setting a header replaces all of its name") {
  Headers headers{{"A", "1"}, {"a", "2"}, {"B", "3"}};
  headers.set("A", "4");
  CHECK(headers.size() == 2);
  CHECK(headers.get("a") == "4");
}

TEST_CASE("what is no number has none") {
  const Headers headers{{"Content-Length", "12x"}, {"Age", ""}};
  CHECK_FALSE(headers.number("Content-Length"));
  CHECK_FALSE(headers.number("Age"));
  CHECK_FALSE(headers.number("Missing"));
}

TEST_CASE("a content range is read") {
  const auto range = range_of("bytes 100-199/1000");
  REQUIRE(range);
  CHECK(range->first == 100);
  CHECK(range->last == 199);
  CHECK(range->size == 1000);
  CHECK_FALSE(range_of("bytes 5-9/*")->size);
}

TEST_CASE("the range of a 416 tells the size only") {
  const auto range = range_of("bytes */0");
  REQUIRE(range);
  CHECK(range->size == 0);
  CHECK(range->first > range->last);
}

TEST_CASE("a broken content range is none") {
  for (const char* text : {"", "bytes", "bytes 1-0/5", "bytes a-b/5", "items 0-1/5", "bytes 0-1"})
    CHECK_FALSE(range_of(text));
}

TEST_CASE("a range to the end has no last byte") {
  CHECK(range_header(0, 99) == "bytes=0-99");
  CHECK(range_header(100, UINT64_MAX) == "bytes=100-");
}

TEST_CASE("an HTTP date is read") {
  CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == 784111777);
  CHECK_FALSE(parse_http_date("soon"));
}

}  // namespace
}  // namespace berth::http
