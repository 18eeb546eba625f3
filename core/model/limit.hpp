// SPDX-License-Identifier: Apache-2.0
//
// At most N calls at once. A call made from inside a call of the same limit, on the same thread
// (a visitor that asks the store it is walking), takes no second slot: it would wait for itself.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>

namespace berth::model {

// How long to wait for a slot: to the deadline, or until a stop is requested.
struct WaitLimit {
  std::optional<std::chrono::steady_clock::time_point> deadline;
  std::stop_token stop;
};

enum class Admission { granted, deadline_exceeded, cancelled };

// [any thread]
class Limit {
 public:
  explicit Limit(std::uint32_t slots) noexcept : limited_(slots != 0), free_(slots) {}
  Limit(const Limit&) = delete;
  Limit& operator=(const Limit&) = delete;

  bool limited() const noexcept { return limited_; }  // false: every call is granted

 private:
  friend class Slot;
  bool try_take() noexcept;
  Admission wait(const WaitLimit& wait_limit);
  void give_back() noexcept;

  const bool limited_;
  std::atomic<std::uint32_t> free_;
  std::atomic<std::uint32_t> waiting_{0};
  std::mutex mutex_;
  std::condition_variable_any freed_;
};

// One granted slot, given back by the destructor. Lives on the stack of the thread that calls.
class Slot {
 public:
  // Waits for a slot; see admission(). null: there is no limit.
  explicit Slot(Limit* limit, const WaitLimit& wait_limit = {}) {
    if (limit != nullptr && limit->limited()) enter(*limit, wait_limit);
  }
  ~Slot() {
    if (limit_ != nullptr) leave();
  }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  Admission admission() const noexcept { return admission_; }

 private:
  void enter(Limit& limit, const WaitLimit& wait_limit);
  void leave() noexcept;
  static bool held_by_this_thread(const Limit& limit) noexcept;

  Limit* limit_ = nullptr;  // null: nothing to give back
  const Slot* outer_ = nullptr;
  Admission admission_ = Admission::granted;
};

}  // namespace berth::model
