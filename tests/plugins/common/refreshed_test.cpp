// SPDX-License-Identifier: Apache-2.0
#include "common/refreshed.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <optional>
#include <thread>
#include <vector>

#include "support/driver_calls.hpp"

namespace berth::test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

struct Token {
  int number = 0;
  std::optional<common::Time> expires;
};

// Gives tokens by counting; each lives as long as it is told.
struct Counting {
  common::Time now{seconds(1'000'000)};
  std::atomic<int> asked{0};
  seconds life{100};
  bool broken = false;
  common::Refreshed<Token> tokens{[this](const sdk::Call&) {
                                    ++asked;
                                    if (broken)
                                      throw sdk::Error(BERTH_STATUS_UNAVAILABLE, "broken");
                                    return Token{asked, now + life};
                                  },
                                  [this] { return now; }};

  int get() { return tokens.get(FakeCall())->number; }
};

struct NobodyAnswers final : sdk::Error {
  using sdk::Error::Error;
};

}  // namespace

TEST_CASE("a token is used until a quarter of a short life is left") {
  Counting service;
  CHECK(service.get() == 1);
  service.now += seconds(74);
  CHECK(service.get() == 1);
  service.now += seconds(1);
  CHECK(service.get() == 2);
}

TEST_CASE("a token that lives long is used until five minutes are left") {
  Counting service;
  service.life = std::chrono::hours(1);
  CHECK(service.get() == 1);
  service.now += minutes(55) - seconds(1);
  CHECK(service.get() == 1);
  service.now += seconds(1);
  CHECK(service.get() == 2);
}

TEST_CASE("a token without an end is never renewed") {
  int asked = 0;
  common::Refreshed<Token> tokens(
      [&](const sdk::Call&) {
        return Token{++asked, {}};
      },
      [] { return common::Time::max(); });
  (void)tokens.get(FakeCall());
  CHECK(tokens.get(FakeCall())->number == 1);
}

TEST_CASE("a token that was refused after another thread replaced it is not replaced again") {
  Counting service;
  const auto old = service.tokens.get(FakeCall());
  service.tokens.expire(old);
  CHECK(service.get() == 2);
  service.tokens.expire(old);
  CHECK(service.get() == 2);
}

TEST_CASE("a renewal ahead of time that fails is put off while the token is good") {
  Counting service;
  CHECK(service.get() == 1);
  service.broken = true;
  service.now += seconds(80);
  CHECK(service.get() == 1);
  CHECK(service.get() == 1);
  CHECK(service.asked == 2);  // not by each call
  service.now += seconds(5);
  CHECK(service.get() == 1);
  CHECK(service.asked == 3);
  service.now += seconds(15);
  CHECK_THROWS_AS(service.get(), sdk::Error);
  service.broken = false;
  CHECK(service.get() == 5);
}

TEST_CASE("an attempt that ends with the call is the call's end, not the service's") {
  FakeCall call;
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
  call.expire_at(end);
  common::Refreshed<Token> tokens([&](const sdk::Call&) -> Token {
    std::this_thread::sleep_until(end);
    throw NobodyAnswers(BERTH_STATUS_UNAVAILABLE, "no answer within its own time");
  });
  CHECK(status_of([&] { (void)tokens.get(call); }) == BERTH_STATUS_DEADLINE_EXCEEDED);
}

TEST_CASE("the engine takes what is good though it is due, and asks only when there is none") {
  Counting service;
  CHECK(service.tokens.for_attempt(nullptr)->number == 1);
  service.now += seconds(80);
  CHECK(service.tokens.for_attempt(nullptr)->number == 1);
  const FakeCall fake;
  const sdk::Call call = fake;
  CHECK(service.tokens.for_attempt(&call)->number == 2);
}

TEST_CASE("threads that want a token at the same time ask once") {
  Counting service;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { service.get(); });
  for (std::thread& thread : threads) thread.join();
  CHECK(service.asked == 1);
}

TEST_CASE("who waits for another thread's attempt heeds its own call, and takes the failure") {
  std::promise<void> asked, let_go;
  std::atomic<int> attempts{0};
  common::Refreshed<Token> tokens([&](const sdk::Call&) -> Token {
    if (++attempts == 1) asked.set_value();
    let_go.get_future().wait();
    throw NobodyAnswers(BERTH_STATUS_UNAVAILABLE, "nobody answers");
  });
  // Whether it is the failure as it was thrown, of its own kind.
  const auto fails = [&] {
    try {
      (void)tokens.get(FakeCall());
    } catch (const NobodyAnswers&) {
      return true;
    } catch (const sdk::Error&) {
    }
    return false;
  };
  auto first = std::async(std::launch::async, fails);
  asked.get_future().wait();
  FakeCall short_call;
  short_call.expire_at(std::chrono::steady_clock::now() + std::chrono::milliseconds(20));
  CHECK(status_of([&] { (void)tokens.get(short_call); }) == BERTH_STATUS_DEADLINE_EXCEEDED);
  CHECK(status_of([&] { (void)tokens.get(FakeCall().cancel()); }) == BERTH_STATUS_CANCELLED);
  std::atomic<int> waiting{0};
  const auto wait = [&] { return ++waiting, fails(); };
  auto second = std::async(std::launch::async, wait);
  auto third = std::async(std::launch::async, wait);
  while (waiting != 2) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  let_go.set_value();
  CHECK(first.get());
  CHECK(second.get());
  CHECK(third.get());
  CHECK(attempts == 1);
}

TEST_CASE("what is still good is ready without asking") {
  Counting service;
  CHECK(service.tokens.ready() == nullptr);
  (void)service.get();
  service.now += seconds(80);  // due, and yet good
  CHECK(service.tokens.ready()->number == 1);
  CHECK(service.asked == 1);
  service.now += seconds(20);
  CHECK(service.tokens.ready() == nullptr);
}

TEST_CASE("while one thread renews a token the others go on with it") {
  common::Time now{seconds(1'000'000)};
  std::promise<void> asked, let_go;
  int number = 0;
  common::Refreshed<Token> tokens(
      [&](const sdk::Call&) {
        if (++number == 2) {
          asked.set_value();
          let_go.get_future().wait();
        }
        return Token{number, now + seconds(100)};
      },
      [&now] { return now; });
  (void)tokens.get(FakeCall());
  now += seconds(80);
  auto renewed = std::async(std::launch::async, [&] { return tokens.get(FakeCall())->number; });
  asked.get_future().wait();
  CHECK(tokens.get(FakeCall())->number == 1);
  let_go.set_value();
  CHECK(renewed.get() == 2);
}

}  // namespace berth::test
