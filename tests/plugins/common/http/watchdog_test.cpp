// SPDX-License-Identifier: Apache-2.0
#include "common/http/watchdog.hpp"

#include <doctest/doctest.h>

namespace berth::http {
namespace {

using std::chrono::milliseconds;
using Alarm = Watchdog::Alarm;

const Watchdog::Time start{};
Watchdog::Time at(int ms) {
  return start + milliseconds(ms);
}

constexpr Watchdog::Limits limits{milliseconds(1000), milliseconds(500), 100, milliseconds(0)};
constexpr Watchdog::Seen connecting{};
constexpr Watchdog::Seen sent{true, true, false, 10};

TEST_CASE("connecting is not the watchdog's business") {
  Watchdog dog(limits, start);
  CHECK(dog.check(connecting, at(100'000)) == Alarm::none);
}

TEST_CASE("the first byte is awaited from the last byte sent") {
  Watchdog dog(limits, start);
  CHECK(dog.check(sent, at(5000)) == Alarm::none);
  CHECK(dog.check(sent, at(5999)) == Alarm::none);
  CHECK(dog.check(sent, at(6000)) == Alarm::first_byte);
}

TEST_CASE("an upload that does not move stalls") {
  Watchdog dog(limits, start);
  CHECK(dog.check({true, false, false, 1000}, at(0)) == Alarm::none);
  CHECK(dog.check({true, false, false, 2000}, at(400)) == Alarm::none);
  CHECK(dog.check({true, false, false, 2000}, at(899)) == Alarm::none);
  CHECK(dog.check({true, false, false, 2000}, at(900)) == Alarm::stall);
}

TEST_CASE("a trickle is a stall") {
  Watchdog dog(limits, start);
  CHECK(dog.check({true, true, true, 1}, at(0)) == Alarm::none);
  CHECK(dog.check({true, true, true, 40}, at(250)) == Alarm::none);
  CHECK(dog.check({true, true, true, 80}, at(500)) == Alarm::stall);
}

TEST_CASE("bytes enough begin a new window") {
  Watchdog dog(limits, start);
  uint64_t bytes = 0;
  for (int ms = 0; ms < 10'000; ms += 250) {
    CHECK(dog.check({true, true, true, bytes}, at(ms)) == Alarm::none);
    bytes += 100;
  }
}

TEST_CASE("time in which nobody reads does not count") {
  Watchdog dog(limits, start);
  CHECK(dog.check({true, true, true, 1}, at(0)) == Alarm::none);
  dog.resume(at(60'000));
  CHECK(dog.check({true, true, true, 1}, at(60'499)) == Alarm::none);
}

TEST_CASE("an attempt as a whole can be limited") {
  Watchdog dog({milliseconds(0), milliseconds(0), 1, milliseconds(300)}, start);
  CHECK(dog.check(connecting, at(299)) == Alarm::none);
  CHECK(dog.check(connecting, at(300)) == Alarm::attempt);
}

TEST_CASE("no limit is no alarm") {
  Watchdog dog({}, start);
  CHECK(dog.check(sent, at(0)) == Alarm::none);
  CHECK(dog.check(sent, at(1'000'000)) == Alarm::none);
}

}  // namespace
}  // namespace berth::http
