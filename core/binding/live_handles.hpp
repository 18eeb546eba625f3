// SPDX-License-Identifier: Apache-2.0
//
// The readers or writers of one driver that are open. A driver that gives out one which is open
// already would see two threads use it at once, and closed twice.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_set>

namespace berth::binding {

// [any thread]
class LiveHandles {
 public:
  // False: it is open already. Throws std::bad_alloc.
  bool add(const void* handle) {
    Part& part = part_of(handle);
    const std::lock_guard lock(part.mutex);
    return part.handles.insert(handle).second;
  }

  void remove(const void* handle) noexcept {
    Part& part = part_of(handle);
    const std::lock_guard lock(part.mutex);
    part.handles.erase(handle);
  }

  // Around fork(); see fork.hpp.
  void lock_all() {
    for (Part& part : parts_) part.mutex.lock();
  }
  void unlock_all() noexcept {
    for (Part& part : parts_) part.mutex.unlock();
  }

 private:
  struct Part {
    std::mutex mutex;
    std::unordered_set<const void*> handles;
  };

  // Threads that open streams at the same time rarely meet.
  Part& part_of(const void* handle) noexcept {
    return parts_[(reinterpret_cast<std::uintptr_t>(handle) >> 6) % parts_.size()];
  }

  std::array<Part, 16> parts_;
};

}  // namespace berth::binding
