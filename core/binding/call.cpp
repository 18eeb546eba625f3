// SPDX-License-Identifier: Apache-2.0
//
// Deadlines are CLOCK_MONOTONIC, which is what std::chrono::steady_clock counts on Linux.
#include "binding/call.hpp"

#include <cstdint>
#include <cstring>
#include <string>

#include <sys/eventfd.h>
#include <unistd.h>

#include <berth/errors.hpp>

namespace berth::binding {
namespace {

using std::chrono::duration_cast;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

std::int64_t since_boot(steady_clock::time_point time) {
  return duration_cast<nanoseconds>(time.time_since_epoch()).count();
}

std::int64_t deadline_of(const CallOptions& options,
                         std::optional<std::chrono::milliseconds> fallback) {
  if (options.deadline) return since_boot(*options.deadline);
  return fallback ? since_boot(deadline_after(*fallback)) : INT64_MAX;
}

// Of the C library: what compilers make of a known size here (rep stos) takes three times as long.
void clear(berth_error& error) {
  std::size_t size = sizeof error;
  asm("" : "+r"(size));  // no longer known
  std::memset(&error, 0, size);
  error.struct_size = sizeof error;
}

}  // namespace

steady_clock::time_point deadline_after(std::chrono::milliseconds time) noexcept {
  constexpr auto never = steady_clock::time_point::max();
  const auto now = steady_clock::now();
  return time < duration_cast<std::chrono::milliseconds>(never - now) ? now + time : never;
}

CancelSignal::CancelSignal(const std::stop_token& stop)
    : stop_(stop),
      event_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)},
      callback_(stop, Raise{event_.fd}) {}

CancelSignal::Event::~Event() {
  if (fd >= 0) ::close(fd);
}

void CancelSignal::Raise::operator()() const noexcept {
  const std::uint64_t one = 1;
  if (fd >= 0) [[maybe_unused]]
    const auto written = ::write(fd, &one, sizeof one);
}

std::shared_ptr<const CancelSignal> CancelSignals::of(const std::stop_token& stop) {
  {
    const std::lock_guard lock(mutex_);
    if (last_ && last_->is_of(stop)) return last_;
  }
  auto fresh = std::make_shared<const CancelSignal>(stop);
  if (fresh->fd() < 0) return fresh;  // perhaps the next call gets one
  auto before = fresh;
  const std::lock_guard lock(mutex_);
  last_.swap(before);  // freed without the lock
  return fresh;
}

Call::Call(const CallOptions& options, std::optional<std::chrono::milliseconds> default_deadline,
           CancelSignals& signals)
    : options_(options),
      raw_(loan_.page() == nullptr ? *slot_ : loan_.page()->call),
      error_(loan_.page() == nullptr ? own_error_ : loan_.page()->error) {
  raw_ = {};
  raw_.struct_size = sizeof raw_;
  raw_.deadline_ns = deadline_of(options, default_deadline);
  raw_.host_data = this;
  raw_.cancelled = &is_cancelled;
  raw_.cancel_fd = -1;
  raw_.trace_id = {options.trace_id.c_str(), options.trace_id.size()};
  clear(error_);
  error_.long_message = long_buffer_.raw();
  if (!options.stop.stop_possible()) return;
  signal_ = signals.of(options.stop);
  raw_.cancel_fd = signal_->fd();
}

std::int32_t Call::is_cancelled(const berth_call* call) noexcept {
  return static_cast<const Call*>(call->host_data)->cancelled() ? 1 : 0;
}

nanoseconds Call::remaining() const noexcept {
  return nanoseconds(raw_.deadline_ns - since_boot(steady_clock::now()));
}

model::WaitLimit Call::wait_limit() const {
  model::WaitLimit wait_limit{.stop = options_.stop};
  if (has_deadline()) wait_limit.deadline = steady_clock::time_point(nanoseconds(raw_.deadline_ns));
  return wait_limit;
}

PathText::PathText(std::string_view path) : size_(path.size()) {
  if (size_ >= text_.size())
    throw InternalError(
        ErrorDetail{.message = "a path of " + std::to_string(size_) +
                               " bytes was not checked before it reached a driver"});
  std::memcpy(text_.data(), path.data(), size_);
  text_[size_] = '\0';
}

}  // namespace berth::binding
