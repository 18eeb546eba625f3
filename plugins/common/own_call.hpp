// SPDX-License-Identifier: Apache-2.0
//
// A call of the driver's own, for what must be done after the caller's call is over: aborting an
// upload, say. Cannot be cancelled; ends by its deadline.
#ifndef BERTH_COMMON_OWN_CALL_HPP
#define BERTH_COMMON_OWN_CALL_HPP

#include <berth/driver.hpp>
#include <chrono>

namespace berth::common {

// Long enough for the few requests of it.
inline constexpr std::chrono::seconds grace{15};

class OwnCall {
 public:
  explicit OwnCall(std::chrono::milliseconds time) noexcept {
    raw_.struct_size = sizeof raw_;
    raw_.cancel_fd = -1;
    const auto end = std::chrono::steady_clock::now() + time;
    raw_.deadline_ns =
        std::chrono::duration_cast<std::chrono::nanoseconds>(end.time_since_epoch()).count();
  }
  OwnCall(const OwnCall&) = delete;
  OwnCall& operator=(const OwnCall&) = delete;
  sdk::Call call() const noexcept { return sdk::Call(&raw_); }

 private:
  berth_call raw_{};
};

}  // namespace berth::common

#endif  // BERTH_COMMON_OWN_CALL_HPP
