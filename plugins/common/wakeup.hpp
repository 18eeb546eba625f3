// SPDX-License-Identifier: Apache-2.0
//
// One thread waits, under a call that can be cancelled and has a deadline, until another one has
// something to tell. A condition variable cannot watch the call's descriptor; this can.
#ifndef BERTH_COMMON_WAKEUP_HPP
#define BERTH_COMMON_WAKEUP_HPP

#include <berth/driver.hpp>

namespace berth::common {

class Wakeup {
 public:
  Wakeup();
  ~Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  void raise() noexcept;  // [any]; remembered until somebody waits

  // Returns after raise(); may return without one. Throws CANCELLED or DEADLINE_EXCEEDED.
  void wait(const sdk::Call& call);

 private:
  const int fd_;
};

}  // namespace berth::common

#endif  // BERTH_COMMON_WAKEUP_HPP
