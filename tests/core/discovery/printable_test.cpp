// SPDX-License-Identifier: Apache-2.0
#include "discovery/printable.hpp"

#include <string_view>

#include <doctest/doctest.h>

namespace berth::discovery {

TEST_CASE("UTF-8 names are printed as they are") {
  const std::string_view name = "/плагины é/e\xCC\x81/\xF0\x9F\x9A\xA2.so";
  CHECK(printable(name) == name);
}

TEST_CASE("bytes that are no UTF-8 are printed as numbers") {
  CHECK(printable(std::string_view("caf\xE9.so")) == "caf\\xE9.so");
  CHECK(printable(std::string_view("\xC0\xAF")) == "\\xC0\\xAF");           // overlong
  CHECK(printable(std::string_view("\xED\xA0\x80")) == "\\xED\\xA0\\x80");  // surrogate
  CHECK(printable(std::string_view("\xF4\x90\x80\x80")) == "\\xF4\\x90\\x80\\x80");
  CHECK(printable(std::string_view("\xE2\x82")) == "\\xE2\\x82");  // cut short
}

TEST_CASE("control characters and backslashes are printed as numbers") {
  CHECK(printable(std::string_view("a\nb\x1B[31m\\")) == "a\\x0Ab\\x1B[31m\\x5C");
  CHECK(printable(std::string_view("\xC2\x9B")) == "\\xC2\\x9B");  // a terminal's CSI
}

}  // namespace berth::discovery
