// SPDX-License-Identifier: Apache-2.0
//
// The log, seen through a sink of the test's.
#include "model/log.hpp"

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

namespace {

// What the berth logger writes while it lives.
class Capture {
 public:
  Capture() : sink_(std::make_shared<spdlog::sinks::ostream_sink_mt>(text_)) {
    berth::model::set_log_level(berth::model::LogLevel::info);
    sink_->set_pattern("%l %v");
    spdlog::get("berth")->sinks().swap(saved_);
    spdlog::get("berth")->sinks() = {sink_};
  }
  ~Capture() { spdlog::get("berth")->sinks().swap(saved_); }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::shared_ptr<spdlog::sinks::sink> sink_;
  std::vector<spdlog::sink_ptr> saved_;
};

}  // namespace

using berth::model::LogLevel;

TEST_CASE("a line carries level, driver and text") {
  const Capture capture;
  berth::model::log(LogLevel::warn, "s3", "slow");
  CHECK(capture.text() == "warning s3: slow\n");
}

TEST_CASE("a line below the level is dropped") {
  const Capture capture;
  CHECK_FALSE(berth::model::log_enabled(LogLevel::debug));
  berth::model::log(LogLevel::debug, "hidden");
  CHECK(capture.text().empty());
}

TEST_CASE("a text cannot begin a second line or hold a format") {
  const Capture capture;
  berth::model::log(LogLevel::error, "a\nb{}");
  CHECK(capture.text() == "error a b{}\n");
}

TEST_CASE("levels are set by name") {
  const Capture capture;
  CHECK(berth::model::set_log_level("debug"));
  CHECK(berth::model::log_enabled(LogLevel::debug));
  CHECK_FALSE(berth::model::set_log_level("loud"));
  CHECK(berth::model::log_enabled(LogLevel::debug));
}
