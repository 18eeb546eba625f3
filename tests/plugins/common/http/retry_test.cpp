// SPDX-License-Identifier: Apache-2.0
#include "common/http/retry.hpp"

#include <doctest/doctest.h>

#include "fixture.hpp"

namespace berth::http {
namespace {

using namespace test;

RetryPolicy quick_policy() {
  RetryPolicy policy;
  policy.base = milliseconds(5);
  policy.throttle_base = milliseconds(10);
  return policy;
}

// One store's worth of transport for a server.
struct Store {
  explicit Store(const ScriptedServer& s, RetryPolicy policy = quick_policy())
      : server(s), retrier(client, policy, clock) {}
  Plan plan(std::string method = "GET") {
    return {[this, method] {
              ++made;
              return request_to(server, method);
            },
            {}};
  }
  const ScriptedServer& server;
  Client client{quick_options()};
  Clock clock;
  Retrier retrier;
  int made = 0;
};

TEST_CASE("a busy service is asked again, each attempt made anew") {
  ScriptedServer server({Answer(503), Answer(500), Answer(200, "ok")});
  Store store(server);
  CHECK(store.retrier.send(store.plan(), FakeCall()).body == "ok");
  CHECK(store.made == 3);
}

TEST_CASE("the pauses grow and attempts are bounded") {
  ScriptedServer server([](const SeenRequest&) { return Answer(503); });
  RetryPolicy policy = quick_policy();
  policy.attempts = 4;
  Store store(server, policy);
  CHECK(store.retrier.send(store.plan(), FakeCall()).status == 503);
  CHECK(server.count() == 4);
}

TEST_CASE("a refusal is final") {
  ScriptedServer server({Answer(403), Answer(200)});
  Store store(server);
  CHECK(store.retrier.send(store.plan(), FakeCall()).status == 403);
  CHECK(server.count() == 1);
}

TEST_CASE("Retry-After is honoured") {
  ScriptedServer server({Answer(503).header("Retry-After", "1"), Answer(200)});
  Store store(server);
  const auto start = std::chrono::steady_clock::now();
  store.retrier.send(store.plan(), FakeCall());
  CHECK(since(start) >= milliseconds(1000));
}

TEST_CASE("a Retry-After longer than the longest pause is left to the caller") {
  ScriptedServer server({Answer(503).header("Retry-After", "3600")});
  Store store(server);
  CHECK(store.retrier.send(store.plan(), FakeCall()).status == 503);
  CHECK(server.count() == 1);
}

TEST_CASE("Retry-After may be a date, by the service's clock") {
  Response answer;
  answer.headers = {{"Date", "Sun, 06 Nov 1994 08:49:37 GMT"},
                    {"Retry-After", "Sun, 06 Nov 1994 08:49:47 GMT"}};
  CHECK(retry_after(answer) == milliseconds(10'000));
}

TEST_CASE("a connection that breaks is tried again and the attempts are told") {
  ScriptedServer server([](const SeenRequest&) { return Answer(200, "body").cut(1); });
  RetryPolicy policy = quick_policy();
  policy.attempts = 3;
  Store store(server, policy);
  const auto error = error_of([&] { store.retrier.send(store.plan(), FakeCall()); });
  CHECK(error.status() == BERTH_STATUS_UNAVAILABLE);
  CHECK(contains(error.message(), "(after 3 attempts)"));
  CHECK(server.count() == 3);
}

TEST_CASE("a body cut half way is sent whole the next time") {
  const std::string body(4'000'000, 'b');
  ScriptedServer server({Answer::hang_up().read_only(2'000'000).reset(), Answer(200)});
  Store store(server);
  const Plan plan{[&] {
                    Request request = request_to(server, "PUT");
                    request.body = body;
                    return request;
                  },
                  [](const Response& answer) { return judge_status(answer); }};
  CHECK(store.retrier.send(plan, FakeCall()).status == 200);
  CHECK(server.requests().back().body.size() == body.size());
  CHECK((server.requests().back().body == body));
}

TEST_CASE("what must not be sent twice is not repeated after a failure") {
  ScriptedServer server({Answer(500), Answer(200)});
  Store store(server);
  const Plan plan{[&] {
                    Request request = request_to(server, "POST");
                    request.repeatable = false;
                    return request;
                  },
                  {}};
  CHECK(store.retrier.send(plan, FakeCall()).status == 500);
  CHECK(server.count() == 1);
}

TEST_CASE("what was rejected before it was looked at may be repeated") {
  ScriptedServer server({Answer(503), Answer(200)});
  Store store(server);
  const Plan plan{[&] {
                    Request request = request_to(server, "POST");
                    request.repeatable = false;
                    return request;
                  },
                  {}};
  CHECK(store.retrier.send(plan, FakeCall()).status == 200);
}

TEST_CASE("a wrong clock is corrected from the Date and the request signed again") {
  const auto ahead = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()) + 7200;
  char date[64];
  std::strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", std::gmtime(&ahead));
  ScriptedServer server({Answer(403, "RequestTimeTooSkewed").header("Date", date), Answer(200)});
  Store store(server);
  Plan plan = store.plan();
  plan.judge = [](const Response& answer) {
    return answer.body == "RequestTimeTooSkewed" ? Verdict::skewed : judge_status(answer);
  };
  CHECK(store.retrier.send(plan, FakeCall()).status == 200);
  CHECK(std::abs(store.clock.offset().count() - 7200) <= 2);
  CHECK(store.made == 2);
}

TEST_CASE("of requests that are refused for the same skew each is signed again") {
  const auto ahead = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()) + 7200;
  char date[64];
  std::strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", std::gmtime(&ahead));
  const RetryPolicy policy;
  Clock clock;
  Response answer;
  answer.headers.add("Date", date);
  Backoff first(policy), second(policy);
  CHECK(first.after(Verdict::skewed, answer, clock));
  CHECK(second.after(Verdict::skewed, answer, clock));
  CHECK_FALSE(second.after(Verdict::skewed, answer, clock));
  CHECK(second.after(Verdict::again, answer, clock));  // a redirect, say, is another matter
}

TEST_CASE("a skew that is not there is not corrected for ever") {
  ScriptedServer server([](const SeenRequest&) { return Answer(403, "skewed"); });
  Store store(server);
  Plan plan = store.plan();
  plan.judge = [](const Response&) { return Verdict::skewed; };
  CHECK(store.retrier.send(plan, FakeCall()).status == 403);
  CHECK(server.count() == 1);
}

TEST_CASE("a judge that mended something has one more attempt at once") {
  ScriptedServer server([](const SeenRequest&) { return Answer(401); });
  Store store(server);
  Plan plan = store.plan();
  plan.judge = [](const Response&) { return Verdict::again; };
  CHECK(store.retrier.send(plan, FakeCall()).status == 401);
  CHECK(server.count() == 2);
}

TEST_CASE("no attempt begins behind the deadline, and the last failure is told") {
  ScriptedServer server([](const SeenRequest&) { return Answer(503).header("Retry-After", "2"); });
  Store store(server);
  FakeCall call;
  call.expire_at(std::chrono::steady_clock::now() + milliseconds(500));
  const auto error = error_of([&] { store.retrier.send(store.plan(), call); });
  CHECK(error.status() == BERTH_STATUS_DEADLINE_EXCEEDED);
  CHECK(contains(error.message(), "answered 503"));
}

TEST_CASE("cancelling ends a pause at once") {
  ScriptedServer server([](const SeenRequest&) { return Answer(503).header("Retry-After", "10"); });
  Store store(server);
  const auto start = std::chrono::steady_clock::now();
  const CancelledCall call(milliseconds(100));
  CHECK(error_of([&] { store.retrier.send(store.plan(), call); }).status() ==
        BERTH_STATUS_CANCELLED);
  CHECK(since(start) < milliseconds(2000));
}

TEST_CASE("a sink that has got bytes is not given them twice") {
  ScriptedServer server({Answer(503), Answer(200, "abcdef").cut(3), Answer(200, "abcdef")});
  Store store(server);
  StringSink sink;
  const auto error = error_of([&] { store.retrier.send(store.plan(), sink, FakeCall()); });
  CHECK(error.status() == BERTH_STATUS_UNAVAILABLE);
  CHECK(sink.bytes == "abc");
  CHECK(server.count() == 2);
}

TEST_CASE("a stream is opened again until its head is good") {
  ScriptedServer server({Answer(503), Answer(200, "body")});
  Store store(server);
  CHECK(store.retrier.open(store.plan(), FakeCall())->head().status == 200);
}

// As when a request needs a token and the service of the tokens is down.
TEST_CASE("what gave up inside of a plan is not tried again around it") {
  ScriptedServer server([](const SeenRequest&) { return Answer::hang_up(); });
  Store store(server);
  int made = 0;
  Plan plan = store.plan();
  plan.make = [&, token = store.plan()] {
    ++made;
    (void)store.retrier.send(token, FakeCall());
    return token.make();
  };
  const auto error = error_of([&] { store.retrier.send(plan, FakeCall()); });
  CHECK(made == 1);
  CHECK(error.message().find("attempts)") == error.message().rfind("attempts)"));
  CHECK(error.retryable());
}

TEST_CASE("full jitter stays below its bound, which doubles") {
  RetryPolicy policy;
  policy.base = milliseconds(100);
  policy.attempts = 10;
  Clock clock;
  const Response answer;
  int64_t longest = 0;
  for (int round = 0; round < 200; ++round) {
    Backoff backoff(policy);
    CHECK(backoff.after(Verdict::retry, answer, clock)->count() <= 100);
    CHECK(backoff.after(Verdict::retry, answer, clock)->count() <= 200);
    longest = std::max(longest, backoff.after(Verdict::retry, answer, clock)->count());
  }
  CHECK(longest > 200);
  CHECK(longest <= 400);
}

}  // namespace
}  // namespace berth::http
