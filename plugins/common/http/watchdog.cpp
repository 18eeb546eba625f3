// SPDX-License-Identifier: Apache-2.0
#include "common/http/watchdog.hpp"

#include <algorithm>

namespace berth::http {
namespace {

bool passed(Watchdog::Span limit, Watchdog::Time since, Watchdog::Time now) noexcept {
  return limit.count() != 0 && now - since >= limit;
}

// An eighth of the shortest limit: late by no more than that, and idle for most of the time.
Watchdog::Span tick_of(const Watchdog::Limits& limits) noexcept {
  Watchdog::Span shortest{8000};
  for (const Watchdog::Span limit : {limits.first_byte, limits.stall, limits.attempt})
    if (limit.count() != 0) shortest = std::min(shortest, limit);
  return std::max(shortest / 8, Watchdog::Span(5));
}

}  // namespace

Watchdog::Watchdog(const Limits& limits, Time now) noexcept
    : limits_(limits), start_(now), tick_(tick_of(limits)), window_start_(now) {}

Watchdog::Phase Watchdog::phase_of(const Seen& seen) noexcept {
  if (seen.answered) return Phase::receiving;
  if (seen.sent) return Phase::waiting;
  return seen.connected ? Phase::sending : Phase::connecting;
}

void Watchdog::start_window(uint64_t bytes, Time now) noexcept {
  window_start_ = now;
  window_bytes_ = bytes;
}

void Watchdog::resume(Time now) noexcept {
  window_start_ = now;
}

Watchdog::Alarm Watchdog::check(const Seen& seen, Time now) noexcept {
  if (passed(limits_.attempt, start_, now)) return Alarm::attempt;
  const Phase phase = phase_of(seen);
  if (phase != phase_) {
    phase_ = phase;
    start_window(seen.bytes, now);
    return Alarm::none;
  }
  switch (phase_) {
    case Phase::connecting:
      return Alarm::none;
    case Phase::waiting:
      return passed(limits_.first_byte, window_start_, now) ? Alarm::first_byte : Alarm::none;
    case Phase::sending:
    case Phase::receiving:
      break;
  }
  if (seen.bytes - window_bytes_ >= std::max<uint64_t>(limits_.stall_bytes, 1))
    start_window(seen.bytes, now);
  return passed(limits_.stall, window_start_, now) ? Alarm::stall : Alarm::none;
}

}  // namespace berth::http
