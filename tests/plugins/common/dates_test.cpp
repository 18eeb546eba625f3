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

TEST_CASE("a date of any form that services write is read") {
  constexpr int64_t time = 784'111'777'000'000'000;
  CHECK(parse_date("Sun, 06 Nov 1994 08:49:37 GMT") == time);
  CHECK(parse_date("Sunday, 06-Nov-94 08:49:37 GMT") == time);
  CHECK(parse_date("Sun Nov  6 08:49:37 1994") == time);
  CHECK(parse_date("1994-11-06T08:49:37Z") == time);
  CHECK(parse_date("1994-11-06T08:49:37") == time);
  CHECK(parse_date("1994-11-06 08:49:37") == time);
  CHECK(parse_date("1994-11-06T10:49:37.000+0200") == time);
}

TEST_CASE("a date that nanoseconds cannot express is not known, and never another one") {
  for (const char* date : {"2999-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z",
                           "Thu, 31 Dec 9999 23:59:59 GMT", "Fri, 01 Jan 2400 00:00:00 GMT"})
    CHECK_FALSE(parse_date(date));
}

TEST_CASE("the first and the last second that nanoseconds can express are known") {
  CHECK(parse_date("2262-04-11T23:47:15Z") == 9223372035000000000);
  CHECK(parse_date("1677-09-21T00:12:45Z") == -9223372035000000000);
}

TEST_CASE("a far expiry is far, and not in the past") {
  CHECK(parse_iso_time("2999-01-01T00:00:00Z") > parse_iso_time("2262-01-01T00:00:00Z"));
}

TEST_CASE("what is not a date is nothing") {
  CHECK_FALSE(parse_iso_date(""));
  CHECK_FALSE(parse_iso_date("2009-10-12"));
  CHECK_FALSE(parse_iso_date("2009-10-12T17:50:30Zjunk"));
  CHECK_FALSE(parse_iso_date("2009-1x-12T17:50:30Z"));
  CHECK_FALSE(parse_iso_date("2009-10-12T25:50:30Z"));
  CHECK_FALSE(parse_date("yesterday"));
  CHECK_FALSE(parse_date(":2009-10-12T17:50:30Z"));
}

TEST_CASE("dates are written in the three forms that services want") {
  const Time time{std::chrono::seconds(784111777)};
  CHECK(iso_date(time) == "1994-11-06T08:49:37Z");
  CHECK(iso_basic_date(time) == "19941106T084937Z");
  CHECK(http_date(time) == "Sun, 06 Nov 1994 08:49:37 GMT");
}
