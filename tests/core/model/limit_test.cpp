// SPDX-License-Identifier: Apache-2.0
//
// The concurrency limit: waiting, giving up, and calls inside calls.
#include "model/limit.hpp"

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using berth::model::Admission;
using berth::model::Limit;
using berth::model::Slot;
using berth::model::WaitLimit;

namespace {

// What another thread gets while this one holds its slots.
Admission admission_elsewhere(Limit& limit, const WaitLimit& wait_limit) {
  Admission admission = Admission::granted;
  std::jthread([&] { admission = Slot(&limit, wait_limit).admission(); }).join();
  return admission;
}

WaitLimit until_now() {
  return {.deadline = std::chrono::steady_clock::now()};
}

}  // namespace

TEST_CASE("no more than the limit run at once") {
  Limit limit(3);
  std::atomic<int> inside{0}, most{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i) {
          const Slot slot(&limit);
          const int now = ++inside;
          for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
          }
          std::this_thread::yield();
          --inside;
        }
      });
  }
  CHECK(most <= 3);
  CHECK(inside == 0);
}

TEST_CASE("a wait ends at its deadline") {
  Limit limit(1);
  const Slot held(&limit);
  CHECK(admission_elsewhere(limit, until_now()) == Admission::deadline_exceeded);
}

TEST_CASE("a wait ends when a stop is requested") {
  Limit limit(1);
  const Slot held(&limit);
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  CHECK(admission_elsewhere(limit, {.stop = stop.get_token()}) == Admission::cancelled);
}

TEST_CASE("a slot that is given back wakes one that waits") {
  Limit limit(1);
  Admission admission = Admission::cancelled;
  std::jthread waiter;
  {
    const Slot held(&limit);
    waiter = std::jthread([&] { admission = Slot(&limit).admission(); });
  }
  waiter.join();
  CHECK(admission == Admission::granted);
}

TEST_CASE("a call inside a call takes no second slot") {
  Limit limit(1);
  const Slot outer(&limit);
  CHECK(Slot(&limit, until_now()).admission() == Admission::granted);
  CHECK(admission_elsewhere(limit, until_now()) == Admission::deadline_exceeded);
}

TEST_CASE("a slot that was refused is not given back") {
  Limit limit(1);
  {
    const Slot held(&limit);
    CHECK(admission_elsewhere(limit, until_now()) == Admission::deadline_exceeded);
  }
  const Slot again(&limit);
  CHECK(admission_elsewhere(limit, until_now()) == Admission::deadline_exceeded);
}

TEST_CASE("without a limit every call is granted") {
  Limit none(0);
  const Slot one(&none), two(nullptr);
  CHECK(one.admission() == Admission::granted);
  CHECK(two.admission() == Admission::granted);
}
