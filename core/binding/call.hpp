// SPDX-License-Identifier: Apache-2.0
//
// What goes with one call into a driver: berth_call with deadline and cancellation, and the
// berth_error that it may fill. Makes no system call but the first with a stop token, and reads no
// clock without a deadline.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include <berth/driver.h>
#include <berth/store.hpp>

#include "binding/buffer.hpp"
#include "binding/call_pages.hpp"
#include "binding/call_slot.hpp"
#include "model/limit.hpp"
#include "model/path.hpp"

namespace berth::binding {

// So long from now, or never where the clock does not reach so far.
std::chrono::steady_clock::time_point deadline_after(std::chrono::milliseconds time) noexcept;

// Makes a descriptor readable when a stop is requested.
class CancelSignal {
 public:
  explicit CancelSignal(const std::stop_token& stop);
  CancelSignal(const CancelSignal&) = delete;
  CancelSignal& operator=(const CancelSignal&) = delete;

  bool is_of(const std::stop_token& stop) const noexcept { return stop_ == stop; }
  int fd() const noexcept { return event_.fd; }  // -1: the process has no descriptor left

 private:
  struct Event {
    int fd;
    ~Event();
  };
  struct Raise {
    int fd;
    void operator()() const noexcept;
  };
  const std::stop_token stop_;
  Event event_;  // closed last: the callback may be running in another thread until it is gone
  std::stop_callback<Raise> callback_;
};

// The signals of one store. A descriptor belongs to the token and not to the call, as programs give
// one token to many calls, and to make and close it takes longer than a small call itself. Keeps
// the last one. [any thread]
class CancelSignals {
 public:
  std::shared_ptr<const CancelSignal> of(const std::stop_token& stop);

 private:
  std::mutex mutex_;
  std::shared_ptr<const CancelSignal> last_;
};

class Call {
 public:
  // options are borrowed while the call lives.
  Call(const CallOptions& options, std::optional<std::chrono::milliseconds> default_deadline,
       CancelSignals& signals);
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  const berth_call* raw() const noexcept { return &raw_; }
  berth_error* error() noexcept { return &error_; }

  // What the driver wrote to berth_error.long_message; empty: nothing.
  const std::string& long_message() const noexcept { return long_message_; }

  // The driver is about to be called; see call_pages.hpp.
  void begins(const model::TracedCall& traced) noexcept { loan_.describe(traced); }

  bool has_deadline() const noexcept { return raw_.deadline_ns != INT64_MAX; }
  bool cancelled() const noexcept { return options_.stop.stop_requested(); }
  std::chrono::nanoseconds remaining() const noexcept;  // negative: over. REQUIRES: has_deadline()
  model::WaitLimit wait_limit() const;

 private:
  static constexpr std::size_t max_long_message_bytes = 65536;

  static std::int32_t is_cancelled(const berth_call* call) noexcept;

  const CallOptions& options_;
  PageLoan loan_;
  CallSlot slot_;  // this and the next are in use without a page
  berth_error own_error_;
  berth_call& raw_;
  berth_error& error_;
  std::string long_message_;
  StringBuffer long_buffer_{long_message_, max_long_message_bytes};
  std::shared_ptr<const CancelSignal> signal_;
};

// A path with its NUL, in place: the grammar limits its size.
class PathText {
 public:
  explicit PathText(std::string_view path);  // throws InternalError when the path is longer
  ~PathText() {
    if (call_pages() != nullptr) text_.fill('\x7f');  // a driver that keeps the path has no path
  }
  PathText(const PathText&) = delete;
  PathText& operator=(const PathText&) = delete;

  berth_str str() const noexcept { return {text_.data(), size_}; }

 private:
  std::size_t size_;
  std::array<char, model::max_path_bytes + 1> text_;
};

}  // namespace berth::binding
