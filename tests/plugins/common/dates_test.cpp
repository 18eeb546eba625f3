// SPDX-License-Identifier: Apache-2.0
#include "common/dates.hpp"

#include <doctest/doctest.h>

using namespace berth::common;

TEST_CASE("ISO dates are read with fraction and offset") {
  CHECK(parse_iso_date("1970-01-01T00:00:01Z") == 1'000'000'000);
  CHECK(parse_iso_date("2009-10-12T17:50:30.123Z") == 1255369830123000000);
  CHECK(parse_iso_date("2009-10-12T19:50:30+02:00") == 1255369830000000000);
  CHECK(parse_iso_date("2009-10-12T17:50:30.123456") == 1255369830123456000);
}

TEST_CASE("a date too far for nanoseconds is far, and not in the past") {
  CHECK(parse_iso_date("2999-01-01T00:00:00Z") > parse_iso_date("2262-01-01T00:00:00Z"));
}

TEST_CASE("what is not an ISO date is nothing") {
  CHECK_FALSE(parse_iso_date(""));
  CHECK_FALSE(parse_iso_date("2009-10-12"));
  CHECK_FALSE(parse_iso_date("2009-10-12T17:50:30Zjunk"));
  CHECK_FALSE(parse_iso_date("2009-1x-12T17:50:30Z"));
}

TEST_CASE("dates are written in the three forms that services want") {
  const Time time{std::chrono::seconds(784111777)};
  CHECK(iso_date(time) == "1994-11-06T08:49:37Z");
  CHECK(iso_basic_date(time) == "19941106T084937Z");
  CHECK(http_date(time) == "Sun, 06 Nov 1994 08:49:37 GMT");
}
