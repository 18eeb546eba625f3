// SPDX-License-Identifier: Apache-2.0
//
// An uncontended slot costs two atomic operations; the mutex is for those who wait.
#include "model/limit.hpp"

namespace berth::model {
namespace {

// The slots of this thread, innermost first.
thread_local const Slot* innermost = nullptr;

}  // namespace

bool Limit::try_take() noexcept {
  std::uint32_t free = free_.load();
  while (free != 0)
    if (free_.compare_exchange_weak(free, free - 1)) return true;
  return false;
}

Admission Limit::wait(const WaitLimit& wait_limit) {
  std::unique_lock lock(mutex_);
  // Announced before the slots are looked at again, so that give_back() cannot miss it.
  waiting_.fetch_add(1);
  bool taken = false;
  const auto take = [&] { return taken || (taken = try_take()); };
  if (wait_limit.deadline)
    freed_.wait_until(lock, wait_limit.stop, *wait_limit.deadline, take);
  else
    freed_.wait(lock, wait_limit.stop, take);
  waiting_.fetch_sub(1);
  if (taken) return Admission::granted;
  return wait_limit.stop.stop_requested() ? Admission::cancelled : Admission::deadline_exceeded;
}

void Limit::give_back() noexcept {
  free_.fetch_add(1);
  if (waiting_.load() == 0) return;
  { const std::lock_guard lock(mutex_); }  // a waiter is now asleep, or has seen the free slot
  freed_.notify_one();
}

void Slot::enter(Limit& limit, const WaitLimit& wait_limit) {
  if (held_by_this_thread(limit)) return;
  if (!limit.try_take()) admission_ = limit.wait(wait_limit);
  if (admission_ != Admission::granted) return;
  limit_ = &limit;
  outer_ = innermost;
  innermost = this;
}

void Slot::leave() noexcept {
  innermost = outer_;
  limit_->give_back();
}

bool Slot::held_by_this_thread(const Limit& limit) noexcept {
  for (const Slot* slot = innermost; slot != nullptr; slot = slot->outer_)
    if (slot->limit_ == &limit) return true;
  return false;
}

}  // namespace berth::model
