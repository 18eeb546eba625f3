// SPDX-License-Identifier: Apache-2.0
//
// Many threads use the driver `inmemory`: no object is torn, no update is lost, and no call hangs.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "driver.hpp"
#include "support/driver_calls.hpp"

using berth::inmemory::MemoryDriver;
using namespace berth::test;

namespace {

template <class Body>
void in_threads(int count, Body body) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back([&body, i] { body(i); });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

TEST_CASE("readers see whole versions while writers replace the object") {
  const auto store = open_driver<MemoryDriver>();
  put(*store, "/f", std::string(1000, 'a'));
  std::atomic<int> torn{0};
  in_threads(16, [&](int thread) {
    for (int i = 0; i < 200; ++i) {
      if (thread < 8) {
        put(*store, "/f",
            std::string(1000 + static_cast<std::size_t>(thread), static_cast<char>('a' + thread)));
      } else {
        const std::string bytes = get(*store, "/f");
        if (bytes.find_first_not_of(bytes[0]) != bytes.npos) ++torn;
        if (bytes.size() != 1000 + static_cast<std::size_t>(bytes[0] - 'a')) ++torn;
      }
    }
  });
  CHECK(torn == 0);
}

TEST_CASE("of many create_only puts exactly one succeeds") {
  const auto store = open_driver<MemoryDriver>();
  std::atomic<int> won{0};
  in_threads(16, [&](int thread) {
    berth::sdk::WriteOptions options;
    options.create_only = true;
    won +=
        status_of([&] { put(*store, "/f", std::to_string(thread), options); }) == BERTH_STATUS_OK;
  });
  CHECK(won == 1);
}

TEST_CASE("list, walk, move and remove work during puts") {
  const auto store = open_driver<MemoryDriver>();
  put(*store, "/stays", "x");
  std::atomic<int> missed{0};
  in_threads(8, [&](int thread) {
    const std::string own = "/t" + std::to_string(thread);
    for (int i = 0; i < 100; ++i) {
      put(*store, own + "/a/f", "x");
      move(*store, own + "/a", own + "/b");
      const auto names = walk(*store, "/");
      missed += names.empty() || names.front() != "/stays";
      remove(*store, own);
    }
  });
  CHECK(missed == 0);
  CHECK(list(*store, "/") == std::vector<std::string>{"/stays"});
}

TEST_CASE("puts make progress while other threads read without pause") {
  const auto store = open_driver<MemoryDriver>();
  put(*store, "/f", "x");
  std::atomic<bool> done{false};
  std::atomic<int> reads{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 16; ++i)
    readers.emplace_back([&] {
      for (; !done; ++reads) get(*store, "/f");
    });
  while (reads < 1000) std::this_thread::yield();
  for (int i = 0; i < 300; ++i) put(*store, "/f", "y");  // takes seconds if readers are preferred
  done = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(get(*store, "/f") == "y");
}

// Not with AddressSanitizer: its allocator in LLVM 14 takes no locks before a fork, so that the
// first allocation of a child may wait for a thread that the child does not have.
#if defined(__SANITIZE_ADDRESS__)
#define BERTH_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BERTH_ADDRESS_SANITIZER
#endif
#endif
#ifndef BERTH_ADDRESS_SANITIZER
TEST_CASE("a child forked while other threads use the store can use it") {
  const auto store = open_driver<MemoryDriver>();
  put(*store, "/f", "x");
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      while (!done) {
        put(*store, "/g", "y");
        get(*store, "/f");
      }
    });
  int succeeded = 0;
  for (int i = 0; i < 20; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::alarm(60);  // ends a child that waits for a lock forever
      put(*store, "/child", "z");
      ::_exit(get(*store, "/child") + get(*store, "/f") == "zx" ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    succeeded += status == 0;
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(succeeded == 20);
  CHECK(list(*store, "/") == std::vector<std::string>{"/f", "/g"});
}
#endif
