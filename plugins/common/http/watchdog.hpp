// SPDX-License-Identifier: Apache-2.0
//
// Decides when a transfer waits in vain: no first byte, or fewer bytes than it takes to call it
// alive. Pure arithmetic over what the transfer has seen; whoever drives the transfer asks at each
// tick. The connecting phase is curl's own time-out.
#ifndef BERTH_COMMON_HTTP_WATCHDOG_HPP
#define BERTH_COMMON_HTTP_WATCHDOG_HPP

#include <chrono>
#include <cstdint>

namespace berth::http {

class Watchdog {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Span = std::chrono::milliseconds;

  struct Limits {
    Span first_byte{0};  // 0: none, here and below
    Span stall{0};
    uint64_t stall_bytes = 1;
    Span attempt{0};
  };
  struct Seen {
    bool connected = false;
    bool sent = false;      // the whole request is out
    bool answered = false;  // a byte of the answer came
    uint64_t bytes = 0;     // moved so far, both directions
  };
  enum class Alarm { none, first_byte, stall, attempt };

  Watchdog(const Limits& limits, Time now) noexcept;

  Alarm check(const Seen& seen, Time now) noexcept;
  void resume(Time now) noexcept;  // nobody was reading until now: the time before does not count
  const Limits& limits() const noexcept { return limits_; }
  Span tick() const noexcept { return tick_; }  // how often to ask

 private:
  enum class Phase { connecting, sending, waiting, receiving };
  static Phase phase_of(const Seen& seen) noexcept;
  void start_window(uint64_t bytes, Time now) noexcept;

  const Limits limits_;
  const Time start_;
  Span tick_;
  Phase phase_ = Phase::connecting;
  Time window_start_;
  uint64_t window_bytes_ = 0;
};

}  // namespace berth::http

#endif  // BERTH_COMMON_HTTP_WATCHDOG_HPP
