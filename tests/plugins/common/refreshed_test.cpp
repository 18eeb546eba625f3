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
                                    if (broken) throw sdk::Error(BERTH_UNAVAILABLE, "broken");
                                    return Token{asked, now + life};
                                  },
                                  [this] { return now; }};

  int get() { return tokens.get(FakeCall())->number; }
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

TEST_CASE("threads that want a token at the same time ask once") {
  Counting service;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { service.get(); });
  for (std::thread& thread : threads) thread.join();
  CHECK(service.asked == 1);
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
