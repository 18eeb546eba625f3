// SPDX-License-Identifier: Apache-2.0
//
// One flag, set by atexit().
#include "binding/exit.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace berth::binding {
namespace {

std::atomic<bool> exiting{false};

// A list without a lock, as a child after fork() abandons too. Never freed.
struct Abandoned {
  const void* handle;
  Abandoned* next;
};
std::atomic<Abandoned*> abandoned{nullptr};

}  // namespace

bool at_exit() noexcept {
  return exiting.load(std::memory_order_acquire);
}

void watch_exit() noexcept {
  // Without memory for the entry the stores are closed as if nobody watched.
  static_cast<void>(std::atexit([] { exiting.store(true, std::memory_order_release); }));
}

void abandon(const void* handle) noexcept {
  auto* const entry = new (std::nothrow) Abandoned{handle, abandoned.load()};
  if (entry == nullptr) return;  // a leak checker may complain
  while (!abandoned.compare_exchange_weak(entry->next, entry)) {
  }
}

}  // namespace berth::binding
