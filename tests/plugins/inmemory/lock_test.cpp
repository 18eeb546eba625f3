// SPDX-License-Identifier: Apache-2.0
//
// The lock of the driver `inmemory`: a waiting writer comes before new readers.
#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include <doctest/doctest.h>

#include "lock.hpp"

using berth::inmemory::Lock;

namespace {

// Whether new readers are blocked, within the time that a writer may need to begin to wait.
bool refuses_readers_soon(Lock& lock) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (std::chrono::steady_clock::now() < deadline) {
    const std::shared_lock reader(lock, std::try_to_lock);
    if (!reader) return true;
    std::this_thread::yield();
  }
  return false;
}

}  // namespace

TEST_CASE("a new reader does not get the lock before a waiting writer") {
  Lock lock;
  bool written = false;
  std::shared_lock first(lock);
  std::thread writer([&] {
    const std::unique_lock alone(lock);
    written = true;
  });
  CHECK(refuses_readers_soon(lock));
  first.unlock();
  writer.join();
  CHECK(written);
}

TEST_CASE("readers share the lock, and a writer excludes them") {
  Lock lock;
  {
    const std::shared_lock one(lock);
    CHECK(std::shared_lock(lock, std::try_to_lock).owns_lock());
  }
  const std::unique_lock alone(lock);
  CHECK_FALSE(std::shared_lock(lock, std::try_to_lock).owns_lock());
}
