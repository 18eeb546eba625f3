// SPDX-License-Identifier: Apache-2.0
//
// One flag, set by atexit().
#include "binding/exit.hpp"

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <vector>

namespace berth::binding {
namespace {

std::atomic<bool> exiting{false};

struct Abandoned {
  std::mutex mutex;
  std::vector<const void*> handles;
};

// Never destroyed.
Abandoned& abandoned() {
  static auto* const all = new Abandoned;
  return *all;
}

}  // namespace

bool at_exit() noexcept {
  return exiting.load(std::memory_order_acquire);
}

void watch_exit() noexcept {
  // Without memory for the entry the stores are closed as if nobody watched.
  static_cast<void>(std::atexit([] { exiting.store(true, std::memory_order_release); }));
}

void abandon(const void* handle) noexcept {
  try {
    const std::lock_guard lock(abandoned().mutex);
    abandoned().handles.push_back(handle);
  } catch (...) {  // a leak checker may complain
  }
}

}  // namespace berth::binding
