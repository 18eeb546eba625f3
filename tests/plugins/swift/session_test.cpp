// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <thread>

#include "scripted_store.hpp"
#include "session.hpp"

namespace berth::test {
namespace {

using std::chrono::seconds;

// Logs in by counting; each token lives as long as it is told.
struct FakeLogin {
  common::Time now{seconds(1'000'000)};
  int logins = 0;
  seconds life{5};
  swift::SessionKeeper keeper{[this](const sdk::Call&) {
                                swift::Session session;
                                session.token = "t" + std::to_string(++logins);
                                session.expires = now + life;
                                return session;
                              },
                              [this] { return now; }};
};

}  // namespace

TEST_CASE("a token is used until a quarter of a short life is left") {
  FakeLogin login;
  CHECK(login.keeper.get(FakeCall())->token == "t1");
  login.now += seconds(3);
  CHECK(login.keeper.get(FakeCall())->token == "t1");
  login.now += seconds(1);
  CHECK(login.keeper.get(FakeCall())->token == "t2");
}

TEST_CASE("a token that was refused after another thread replaced it is not replaced again") {
  FakeLogin login;
  const auto old = login.keeper.get(FakeCall());
  login.keeper.expire(old);
  CHECK(login.keeper.get(FakeCall())->token == "t2");
  login.keeper.expire(old);
  CHECK(login.keeper.get(FakeCall())->token == "t2");
}

TEST_CASE("a write that is refused with 401 is sent again, from its start, with a new token") {
  ScriptedStore store([](const SeenRequest& request) {
    if (request.method == "HEAD") return not_found();
    return request.header("X-Auth-Token") == "t1" ? Answer(401) : Answer(201);
  });
  put(*store.driver, "/a", "content");
  CHECK(store.logins() == 2);
  CHECK(store.server.requests().back().body == "content");
  CHECK(store.server.requests().back().header("X-Auth-Token") == "t2");
}

TEST_CASE("a new token that is refused too is an error that says so") {
  ScriptedStore store([](const SeenRequest&) { return Answer(401).no_body(); });
  CHECK(message_of([&] { stat(*store.driver, "/a"); }) ==
        "cannot read 'files/a': the service refuses a new token too; has the user access to this "
        "account?");
  CHECK(status_of([&] { stat(*store.driver, "/a"); }) == BERTH_UNAUTHENTICATED);
}

TEST_CASE("calls that are refused at the same time log in once") {
  ScriptedStore store([](const SeenRequest& request) {
    return request.header("X-Auth-Token") == "t1" ? Answer(401).no_body() : head_answer(1);
  });
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { stat(*store.driver, "/a"); });
  for (std::thread& thread : threads) thread.join();
  CHECK(store.logins() == 2);
}

}  // namespace berth::test
