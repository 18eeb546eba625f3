// SPDX-License-Identifier: Apache-2.0
//
// A call for cleanup after the caller's call has ended, such as aborting an upload. It has a
// deadline of its own and cannot be cancelled.
#pragma once

#include <berth/driver.hpp>
#include <chrono>

namespace berth::common {

// Enough for a few requests.
inline constexpr std::chrono::seconds cleanup_timeout{15};

class CleanupCall {
 public:
  explicit CleanupCall(std::chrono::milliseconds time) noexcept {
    raw_.struct_size = sizeof raw_;
    raw_.cancel_fd = -1;
    const auto end = std::chrono::steady_clock::now() + time;
    raw_.deadline_ns =
        std::chrono::duration_cast<std::chrono::nanoseconds>(end.time_since_epoch()).count();
  }
  CleanupCall(const CleanupCall&) = delete;
  CleanupCall& operator=(const CleanupCall&) = delete;
  sdk::Call call() const noexcept { return sdk::Call(&raw_); }

 private:
  berth_call raw_{};
};

}  // namespace berth::common
