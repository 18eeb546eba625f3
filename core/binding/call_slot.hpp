// SPDX-License-Identifier: Apache-2.0
//
// The memory of a berth_call while a driver may look at it, and after. A driver that keeps the
// pointer after its function returned finds a call that ended: struct_size 0, the deadline passed,
// cancelled() true. The memory is used again by a later call of the thread and never freed.
#pragma once

#include <berth/driver.h>

namespace berth::binding {

// Lives on the stack of the thread that calls the driver.
class CallSlot {
 public:
  CallSlot();
  ~CallSlot();
  CallSlot(const CallSlot&) = delete;
  CallSlot& operator=(const CallSlot&) = delete;

  berth_call& operator*() const noexcept { return *call_; }
  berth_call* operator->() const noexcept { return call_; }

 private:
  berth_call* const call_;
};

// Around fork(); see fork.hpp.
void lock_call_slots();
void unlock_call_slots() noexcept;

}  // namespace berth::binding
