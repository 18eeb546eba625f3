// SPDX-License-Identifier: Apache-2.0
//
// The log, seen through a sink of the test's.
#include "model/log.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <spdlog/sinks/base_sink.h>

#include "support/captured_log.hpp"

using berth::model::LogLevel;
using berth::test::CapturedLog;

namespace {

// As a log on a full disk.
class FailingSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit FailingSink(std::function<void()> fail) : fail_(std::move(fail)) {}
  int lines = 0;

 private:
  void sink_it_(const spdlog::details::log_msg&) override {
    ++lines;
    fail_();
  }
  void flush_() override { fail_(); }

  const std::function<void()> fail_;
};

// How many lines reached a sink that fails in that way.
int lines_to_failing_sink(std::function<void()> fail) {
  const CapturedLog restores_the_sinks;
  const auto sink = std::make_shared<FailingSink>(std::move(fail));
  spdlog::get("berth")->sinks() = {sink};
  berth::model::log(LogLevel::error, "text");
  berth::model::log(LogLevel::error, "s3", "text");
  return sink->lines;
}

}  // namespace

TEST_CASE("a sink that throws costs its line, and not the call that logs") {
  CHECK(lines_to_failing_sink([] { throw std::runtime_error("No space left on device"); }) == 2);
  CHECK(lines_to_failing_sink([] { throw 1; }) == 2);
}

TEST_CASE("an error handler that throws costs the line, and not the call that logs") {
  const CapturedLog makes_the_logger;
  spdlog::get("berth")->set_error_handler(
      [](const std::string&) { throw std::runtime_error("!"); });
  CHECK(lines_to_failing_sink([] { throw std::runtime_error("No space left on device"); }) == 2);
  spdlog::get("berth")->set_error_handler([](const std::string&) {});
}

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
