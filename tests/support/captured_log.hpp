// SPDX-License-Identifier: Apache-2.0
//
// Collects what the berth logger writes during the life of the object, as lines of "level text".
#pragma once

#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "model/log.hpp"

namespace berth::test {

class CapturedLog {
 public:
  explicit CapturedLog(std::string_view level = "info")
      : sink_(std::make_shared<spdlog::sinks::ostream_sink_mt>(text_)) {
    model::set_log_level(level);
    sink_->set_pattern("%l %v");
    saved_ = spdlog::get("berth")->sinks();
    spdlog::get("berth")->sinks() = {sink_};
  }
  ~CapturedLog() {
    spdlog::get("berth")->sinks() = saved_;
    model::set_log_level(model::LogLevel::warn);
  }
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;

  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::shared_ptr<spdlog::sinks::sink> sink_;
  std::vector<spdlog::sink_ptr> saved_;
};

}  // namespace berth::test
