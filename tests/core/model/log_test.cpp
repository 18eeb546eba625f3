// SPDX-License-Identifier: Apache-2.0
//
// The log, seen through a sink of the test's.
#include "model/log.hpp"

#include <doctest/doctest.h>

#include "support/captured_log.hpp"

using berth::model::LogLevel;
using berth::test::CapturedLog;

TEST_CASE("a line carries level, driver and text") {
  const CapturedLog capture;
  berth::model::log(LogLevel::warn, "s3", "slow");
  CHECK(capture.text() == "warning s3: slow\n");
}

TEST_CASE("a line below the level is dropped") {
  const CapturedLog capture;
  CHECK_FALSE(berth::model::log_enabled(LogLevel::debug));
  berth::model::log(LogLevel::debug, "hidden");
  CHECK(capture.text().empty());
}

TEST_CASE("a text cannot begin a second line or hold a format") {
  const CapturedLog capture;
  berth::model::log(LogLevel::error, "a\nb{}");
  CHECK(capture.text() == "error a b{}\n");
}

TEST_CASE("levels are set by name") {
  const CapturedLog capture;
  CHECK(berth::model::set_log_level("debug"));
  CHECK(berth::model::log_enabled(LogLevel::debug));
  CHECK_FALSE(berth::model::set_log_level("loud"));
  CHECK(berth::model::log_enabled(LogLevel::debug));
}
