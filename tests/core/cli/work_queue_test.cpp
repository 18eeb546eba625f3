// SPDX-License-Identifier: Apache-2.0
//
// Jobs on threads.
#include "cli/work_queue.hpp"

#include <atomic>
#include <stdexcept>

#include <doctest/doctest.h>

using berth::cli::WorkQueue;

TEST_CASE("every job is done once finish() returns") {
  std::atomic<int> sum{0};
  WorkQueue<int> queue(4, [&](int& job) { sum += job; });
  for (int i = 1; i <= 1000; ++i) queue.add(i);
  queue.finish();
  CHECK(sum == 500500);
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
