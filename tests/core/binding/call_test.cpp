// SPDX-License-Identifier: Apache-2.0
//
// Deadlines, cancellation, limits and turns, seen from the driver.
#include <atomic>
#include <chrono>
#include <latch>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>
#include <poll.h>
#include <unistd.h>

#include <berth/errors.hpp>
#include <berth/store.hpp>

#include "fake_driver.hpp"
#include "support/captured_log.hpp"

using berth::CallOptions;
using berth::Store;
using berth::test::FakeDriver;
using berth::test::Request;
using std::chrono::steady_clock;

namespace {

constexpr berth_status ok = BERTH_STATUS_OK;

// Keeps what a put was called with.
struct Seen {
  std::int64_t deadline_ns = 0;
  std::int32_t cancel_fd = 0, cancelled = -1;
  std::string trace_id;

  void watch(FakeDriver& fake) {
    fake.script.put = [this](const Request& r) {
      deadline_ns = r.call->deadline_ns;
      cancel_fd = r.call->cancel_fd;
      cancelled = r.call->cancelled(r.call);
      trace_id.assign(r.call->trace_id.data, r.call->trace_id.size);
      return ok;
    };
  }
};

bool is_readable(int fd) {
  pollfd poll{fd, POLLIN, 0};
  return ::poll(&poll, 1, 0) == 1;
}

}  // namespace

TEST_CASE("a plain call has no deadline, no descriptor and is not cancelled") {
  FakeDriver fake;
  Seen seen;
  seen.watch(fake);
  fake.create().put_content("/a", "");
  CHECK(seen.deadline_ns == INT64_MAX);
  CHECK(seen.cancel_fd == -1);
  CHECK(seen.cancelled == 0);
}

TEST_CASE("deadline and trace id reach the driver") {
  FakeDriver fake;
  Seen seen;
  seen.watch(fake);
  const auto deadline = steady_clock::now() + std::chrono::hours(1);
  fake.create().put_content("/a", "", {}, {.deadline = deadline, .stop = {}, .trace_id = "t1"});
  CHECK(seen.deadline_ns == deadline.time_since_epoch().count());
  CHECK(seen.trace_id == "t1");
}

TEST_CASE("a store's own deadline holds where a call has none") {
  FakeDriver fake;
  Seen seen;
  seen.watch(fake);
  const auto before = steady_clock::now().time_since_epoch();
  fake.create({.deadline = std::chrono::minutes(1)}).put_content("/a", "");
  CHECK(seen.deadline_ns >= (before + std::chrono::minutes(1)).count());
  CHECK(seen.deadline_ns < (before + std::chrono::minutes(2)).count());
}

TEST_CASE("a call whose time is over, or that was cancelled, does not reach the driver") {
  FakeDriver fake;
  Store store = fake.create();
  fake.log.clear();
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(store.stat("/a", {.deadline = steady_clock::now()}),
                  berth::DeadlineExceededError);
  CHECK_THROWS_AS(store.stat("/a", {.stop = stop.get_token()}), berth::CancelledError);
  CHECK(fake.log.empty());
}

TEST_CASE("a stop that is requested meanwhile shows in cancelled() and on the descriptor") {
  FakeDriver fake;
  std::stop_source stop;
  fake.script.put = [&](const Request& r) {
    if (is_readable(r.call->cancel_fd) || r.call->cancelled(r.call) != 0) return ok;
    stop.request_stop();
    const bool both = is_readable(r.call->cancel_fd) && r.call->cancelled(r.call) != 0;
    return both ? static_cast<berth_status>(BERTH_STATUS_CANCELLED) : ok;
  };
  Store store = fake.create();
  CHECK_THROWS_AS(store.put_content("/a", "", {}, {.stop = stop.get_token()}),
                  berth::CancelledError);
}

TEST_CASE("calls with one stop token share its descriptor, other tokens have another") {
  FakeDriver fake;
  Seen seen;
  seen.watch(fake);
  Store store = fake.create();
  std::stop_source one, other;
  const auto descriptor_of = [&](const std::stop_source& stop) {
    store.put_content("/a", "", {}, {.stop = stop.get_token()});
    return seen.cancel_fd;
  };
  const int first = descriptor_of(one);
  const int held = ::dup(first);  // a number alone may be that of a later descriptor
  CHECK(descriptor_of(one) == first);
  one.request_stop();
  CHECK(is_readable(held));
  CHECK(descriptor_of(other) >= 0);
  CHECK_FALSE(is_readable(seen.cancel_fd));
  ::close(held);
}

TEST_CASE("a stop token of an earlier call does not cancel one without it") {
  FakeDriver fake;
  Seen seen;
  seen.watch(fake);
  Store store = fake.create();
  std::stop_source stop;
  store.put_content("/a", "", {}, {.stop = stop.get_token()});
  stop.request_stop();
  store.put_content("/a", "");
  CHECK(seen.cancel_fd == -1);
  CHECK(seen.cancelled == 0);
}

TEST_CASE("a default deadline that no clock reaches is none") {
  FakeDriver fake;
  Store store = fake.create({.deadline = std::chrono::milliseconds::max()});
  std::int64_t deadline = 0;
  fake.script.put = [&](const Request& r) { return deadline = r.call->deadline_ns, ok; };
  store.put_content("/a", "");
  CHECK(deadline == INT64_MAX);
}

TEST_CASE("a driver that comes back long after its deadline is told of in the log") {
  FakeDriver fake;
  steady_clock::time_point deadline;
  fake.script.put = [&](const Request&) {
    while (steady_clock::now() < deadline + std::chrono::milliseconds(260))
      std::this_thread::yield();
    return ok;
  };
  Store store = fake.create();
  const berth::test::CapturedLog log;
  deadline = steady_clock::now() + std::chrono::milliseconds(500);
  CHECK_NOTHROW(store.put_content("/a", "", {}, {.deadline = deadline}));
  CHECK(log.text().find("ms after its deadline") != std::string::npos);
}

TEST_CASE("no more calls than the driver or the store allows run at once") {
  for (const auto& [driver, store_limit, expected] :
       std::vector<std::tuple<std::uint32_t, std::uint32_t, int>>{
           {2, 0, 2}, {0, 3, 3}, {4, 2, 2}}) {
    FakeDriver fake;
    std::atomic<int> inside{0}, most{0};
    fake.caps.max_parallel_calls = driver;
    Store store = fake.create({.parallel = store_limit});
    fake.script.list = [&](const Request&) {
      const int now = ++inside;
      for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
      }
      std::this_thread::yield();
      return --inside, ok;
    };
    {
      std::vector<std::jthread> threads;
      for (int t = 0; t < 6; ++t)
        threads.emplace_back([&] {
          Store own = store;
          for (int i = 0; i < 200; ++i) own.list("/");
        });
    }
    CHECK(most <= expected);
  }
}

TEST_CASE("the visitors of two stores with one slot each may call each other's store") {
  FakeDriver fake;
  fake.objects["/a"] = "x";
  Store one = fake.create({.parallel = 1}), other = fake.create({.parallel = 1});
  std::latch both_visit(2);
  std::atomic<int> failures{0};
  const auto list_and_stat = [&](Store listed, Store asked) {
    const auto visit = [&](const berth::Entry& entry) {
      both_visit.arrive_and_wait();
      asked.stat(entry.path, {.deadline = steady_clock::now() + std::chrono::seconds(2)});
      return berth::Visit::carry_on;
    };
    try {
      listed.list("/", visit);
    } catch (const berth::Error&) {
      ++failures;
    }
  };
  { const std::jthread first(list_and_stat, one, other), second(list_and_stat, other, one); }
  CHECK(failures == 0);
}

TEST_CASE("a driver of one call at a time gets one, streams included") {
  for (const std::uint16_t model : {BERTH_THREADS_SERIAL_DRIVER, BERTH_THREADS_SERIAL_STORE}) {
    FakeDriver fake(model);
    std::atomic<int> inside{0};
    std::atomic<bool> overlapped{false};
    const auto step = [&](const Request&) {
      if (++inside > 1) overlapped = true;
      std::this_thread::yield();
      return --inside, ok;
    };
    fake.script.list = step;
    fake.script.writer_write = step;
    Store store = fake.create();
    {
      std::vector<std::jthread> threads;
      for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
          Store own = store;
          auto writer = own.writer("/a");
          for (int i = 0; i < 200; ++i) own.list("/"), writer.write("x");
        });
    }
    CHECK_FALSE(overlapped);
  }
}

TEST_CASE("a wait for a slot ends at the deadline with an error that says what it waited for") {
  FakeDriver fake;
  Store store = fake.create({.parallel = 1});
  std::string text;
  fake.script.list = [&](const Request&) {
    std::jthread([&] {
      try {
        Store(store).stat("/", {.deadline = steady_clock::now() + std::chrono::milliseconds(300)});
      } catch (const berth::DeadlineExceededError& error) {
        text = error.what();
      }
    }).join();
    return ok;
  };
  store.list("/");
  CHECK(text == fake.name() +
                    ": stat /: the deadline passed while the call waited for others of this store "
                    "to end");
}
