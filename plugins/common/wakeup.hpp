// SPDX-License-Identifier: Apache-2.0
//
// One thread waits, under a call that can be cancelled and has a deadline, until another one raises
// the event. A condition variable cannot watch the call's descriptor; this can. It has a descriptor
// of its own only while a thread waits.
#ifndef BERTH_COMMON_WAKEUP_HPP
#define BERTH_COMMON_WAKEUP_HPP

#include <berth/driver.hpp>
#include <condition_variable>
#include <mutex>

namespace berth::common {

class Wakeup {
 public:
  Wakeup() = default;
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  void raise() noexcept;  // [any]; remembered until a thread waits

  // Returns after raise(); may return without one. Throws CANCELLED or DEADLINE_EXCEEDED.
  void wait(const sdk::Call& call);

 private:
  class Event;
  void wait_for_event(const Event& event, const sdk::Call& call);
  bool take() noexcept;

  std::mutex mutex_;  // of the members below
  std::condition_variable changed_;
  bool raised_ = false;
  int fd_ = -1;  // of the thread that waits
};

}  // namespace berth::common

#endif  // BERTH_COMMON_WAKEUP_HPP
