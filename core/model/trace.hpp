// SPDX-License-Identifier: Apache-2.0
//
// One debug line for each call: s3.stat("/a") 12.3 ms ok. Costs nothing while debug is off.
#pragma once

#include <chrono>
#include <string_view>

#include "model/log.hpp"

namespace berth::model {

// What the line tells beside the time.
struct TracedCall {
  std::string_view driver, operation, path;
  std::string_view second_path = {};  // of move and copy
  std::string_view trace_id = {};
};

// Measures from construction to destruction; the call must live as long.
class Trace {
 public:
  explicit Trace(const TracedCall& call, bool wanted = true) noexcept
      : on_(wanted && log_enabled(LogLevel::debug)), call_(call) {
    if (on_) begin_ = std::chrono::steady_clock::now();
  }
  ~Trace() {
    if (on_) write();
  }
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  void outcome(std::string_view status) noexcept { status_ = status; }  // "ok", "path not found"

 private:
  void write() const noexcept;

  const bool on_;
  const TracedCall& call_;
  std::string_view status_ = "failed";
  std::chrono::steady_clock::time_point begin_;
};

}  // namespace berth::model
