// SPDX-License-Identifier: Apache-2.0
//
// How values look to people.
#include "cli/text.hpp"

#include <doctest/doctest.h>

using namespace berth::cli;

TEST_CASE("ordinary names are printed as they are") {
  CHECK(printable("a b-c.\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80") ==
        "a b-c.\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
}

TEST_CASE("what a terminal would obey is escaped") {
  CHECK(printable("a\x1b[31m\n\x7f") == "a\\x1b[31m\\x0a\\x7f");
  CHECK(printable("\xC2\x9B") == "\\u{9b}");        // a control of one character
  CHECK(printable("\xE2\x80\xAE") == "\\u{202e}");  // turns text around
  CHECK(printable("\xEF\xBB\xBF") == "\\u{feff}");  // cannot be seen
}

TEST_CASE("what is not UTF-8 is escaped byte by byte") {
  CHECK(printable("\xff") == "\\xff");
  CHECK(printable("\xC3") == "\\xc3");                    // cut
  CHECK(printable("\xC0\xAF") == "\\xc0\\xaf");           // overlong
  CHECK(printable("\xED\xA0\x80") == "\\xed\\xa0\\x80");  // a surrogate
  CHECK(printable("\xC3(") == "\\xc3(");
}

TEST_CASE("sizes are rounded to a tenth of a binary unit") {
  CHECK(human_size(0) == "0 B");
  CHECK(human_size(1023) == "1023 B");
  CHECK(human_size(1024) == "1.0 KiB");
  CHECK(human_size(1024 * 1024 - 1) == "1.0 MiB");
  CHECK(human_size(5ULL << 30U) == "5.0 GiB");
}

TEST_CASE("sizes are read with and without units") {
  CHECK(parse_size("4096") == 4096);
  CHECK(parse_size("4KiB") == 4096);
  CHECK(parse_size("64M") == 64ULL << 20U);
  CHECK(parse_size("1kB") == 1000);
  CHECK_FALSE(parse_size(""));
  CHECK_FALSE(parse_size("-1"));
  CHECK_FALSE(parse_size("4 KiB"));
  CHECK_FALSE(parse_size("99999999999T"));
}

TEST_CASE("durations are read with their units only") {
  CHECK(parse_duration("1500ms") == std::chrono::milliseconds(1500));
  CHECK(parse_duration("2h") == std::chrono::hours(2));
  CHECK_FALSE(parse_duration("30"));
  CHECK_FALSE(parse_duration("soon"));
}

TEST_CASE("times are UTC, and before 1970 too") {
  CHECK(time_json(berth::Time(std::chrono::nanoseconds(1))) == "1970-01-01T00:00:00.000000001Z");
  CHECK(time_json(berth::Time(std::chrono::nanoseconds(-1))) == "1969-12-31T23:59:59.999999999Z");
  CHECK(time_text(std::nullopt) == "-");
}

TEST_CASE("one is not many") {
  CHECK(count_of(1, "file") == "1 file");
  CHECK(count_of(0, "file") == "0 files");
}
