// SPDX-License-Identifier: Apache-2.0
//
// Each thread takes its calls in turn from a ring of its own, so that a call that ended stays
// recognisable for the next few calls. A ring outlives its thread and serves the next one.
#include "binding/call_slot.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "model/log.hpp"

namespace berth::binding {
namespace {

constexpr std::size_t ring_size = 16;

std::int32_t is_over(const berth_call*) noexcept {
  static std::atomic<bool> logged{false};
  if (!logged.exchange(true))
    model::log(model::LogLevel::error,
               "a driver used a berth_call after the function that received it returned; this is "
               "a bug in the driver, and further cases are not logged");
  return 1;
}

void end(berth_call& call) noexcept {
  call.struct_size = 0;
  call.deadline_ns = 0;
  call.host_data = nullptr;
  call.cancelled = &is_over;
  call.cancel_fd = -1;
  call.trace_id = {};
}

// Grows only when calls nest deeper than it is long: a visitor that calls the store, again and
// again.
class Ring {
 public:
  berth_call* next() {
    for (std::size_t tries = 0; tries < calls_.size(); ++tries) {
      at_ = at_ + 1 < calls_.size() ? at_ + 1 : 0;
      if (calls_[at_].struct_size == 0) return &calls_[at_];
    }
    return &calls_.emplace_back();
  }

 private:
  std::deque<berth_call> calls_ =
      std::deque<berth_call>(ring_size);  // their addresses never change
  std::size_t at_ = 0;
};

// The rings of threads that ended. Never destroyed.
struct Spares {
  std::mutex mutex;
  std::vector<Ring*> rings;
};
Spares& spares() {
  static auto* const all = new Spares;
  return *all;
}

Ring* take_ring() {
  Spares& all = spares();
  {
    const std::lock_guard lock(all.mutex);
    if (!all.rings.empty()) {
      Ring* const ring = all.rings.back();
      all.rings.pop_back();
      return ring;
    }
    all.rings.reserve(all.rings.capacity() + 1);  // give_back() must not fail
  }
  return new Ring;
}

thread_local Ring* of_thread = nullptr;

struct GiveBack {
  ~GiveBack() {
    if (of_thread == nullptr) return;
    const std::lock_guard lock(spares().mutex);
    spares().rings.push_back(of_thread);
    of_thread = nullptr;
  }
};

Ring& ring() {
  if (of_thread == nullptr) {
    static thread_local const GiveBack at_thread_end;
    of_thread = take_ring();
  }
  return *of_thread;
}

}  // namespace

void lock_call_slots() {
  spares().mutex.lock();
}

void unlock_call_slots() noexcept {
  spares().mutex.unlock();
}

CallSlot::CallSlot() : call_(ring().next()) {
  *call_ = {};
  call_->struct_size = sizeof *call_;
}

CallSlot::~CallSlot() {
  end(*call_);
}

}  // namespace berth::binding
