// SPDX-License-Identifier: Apache-2.0
//
// Jobs on threads.
#include "cli/work_queue.hpp"

#include <atomic>
#include <cstdint>
#include <fstream>
#include <stdexcept>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

using berth::cli::WorkQueue;

namespace {

std::uint64_t address_space() {  // of this process, in bytes
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

TEST_CASE("every job is done once finish() returns") {
  std::atomic<int> sum{0};
  WorkQueue<int> queue(4, [&](int& job) { sum += job; });
  for (int i = 1; i <= 1000; ++i) queue.add(i);
  queue.finish();
  CHECK(sum == 500500);
}

TEST_CASE("a system that gives few threads gets the work done by those") {
  const pid_t child = ::fork();
  if (child == 0) {
    rlimit memory{};
    memory.rlim_cur = memory.rlim_max = address_space() + (64U << 20U);  // seven stacks or so
    ::setrlimit(RLIMIT_AS, &memory);
    std::atomic<int> sum{0};
    WorkQueue<int> queue(100, [&](int& job) { sum += job; });
    for (int i = 1; i <= 1000; ++i) queue.add(i);
    queue.finish();
    ::_exit(sum == 500500 ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
}

TEST_CASE("what a job throws reaches the giver") {
  WorkQueue<int> queue(2, [](int& job) {
    if (job == 3) throw std::runtime_error("three");
  });
  CHECK_THROWS_WITH(
      [&] {
        for (int i = 0; i < 1000; ++i) queue.add(i);
        queue.finish();
      }(),
      "three");
}

TEST_CASE("a giver that is too far ahead waits") {
  std::atomic<int> added{0};
  std::atomic<int> most_ahead{0};
  std::atomic<int> done{0};
  WorkQueue<int> queue(1, [&](int&) {
    const int ahead = added - done;
    if (ahead > most_ahead) most_ahead = ahead;
    ++done;
  });
  for (int i = 0; i < 1000; ++i) {
    queue.add(i);
    ++added;
  }
  queue.finish();
  CHECK(most_ahead <= 6);  // four that wait, one at work, one just taken
}
