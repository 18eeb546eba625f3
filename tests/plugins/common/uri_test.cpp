// SPDX-License-Identifier: Apache-2.0
#include "common/uri.hpp"

#include <doctest/doctest.h>

using namespace berth::common;

TEST_CASE("everything but unreserved characters is escaped in upper case") {
  CHECK(percent_encode("AZaz09-._~") == "AZaz09-._~");
  CHECK(percent_encode("a+b/c d%?#&=") == "a%2Bb%2Fc%20d%25%3F%23%26%3D");
  CHECK(percent_encode("\xC3\xBC!*'()") == "%C3%BC%21%2A%27%28%29");
}

TEST_CASE("a path keeps its slashes and nothing else") {
  CHECK(percent_encode_path("a+b/c++.txt") == "a%2Bb/c%2B%2B.txt");
  CHECK(percent_encode_path("x//y/../z") == "x//y/../z");
}

TEST_CASE("decoding happens once and leaves stray percent signs alone") {
  CHECK(percent_decode("50%25.jpg") == "50%.jpg");
  CHECK(percent_decode("x%252By") == "x%2By");
  CHECK(percent_decode("100%") == "100%");
  CHECK(percent_decode("%zz%4") == "%zz%4");
  CHECK(percent_decode("a+b") == "a+b");
}

TEST_CASE("form decoding reads plus as a space") {
  CHECK(form_decode("a+b%2Bc") == "a b+c");
}

TEST_CASE("a query keeps its order and writes empty values with an equals sign") {
  CHECK(encode_query({{"uploads", ""}, {"prefix", "a b/"}}) == "uploads=&prefix=a%20b%2F");
  CHECK(encode_query({}).empty());
}
