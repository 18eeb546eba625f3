// SPDX-License-Identifier: Apache-2.0
#include "common/http/transfers.hpp"

#include <doctest/doctest.h>

#include <condition_variable>
#include <csignal>
#include <mutex>
#include <set>

#include "fixture.hpp"

namespace berth::http {
namespace {

using namespace test;

// The engine of a store, and a place where results are awaited.
struct Bench {
  explicit Bench(const ScriptedServer& s, unsigned most = 64)
      : server(s), transfers(client, policy(), clock, most), batch(transfers) {}

  static RetryPolicy policy() {
    RetryPolicy policy;
    policy.base = policy.throttle_base = milliseconds(5);
    return policy;
  }
  void start(std::string path, BodySink* sink = nullptr, bool resumes = false) {
    batch.start({{[this, path] { return request_to(server, "GET", path); }, {}, resumes},
                 sink,
                 [this](JobResult result) { take(std::move(result)); }});
  }
  void take(JobResult result) {
    const std::lock_guard lock(mutex);
    results.push_back(std::move(result));
    changed.notify_all();
  }
  // Once `count` jobs are done.
  std::vector<JobResult> wait(size_t count) {
    std::unique_lock lock(mutex);
    REQUIRE(
        changed.wait_for(lock, std::chrono::seconds(20), [&] { return results.size() >= count; }));
    return results;
  }

  const ScriptedServer& server;
  Client client{quick_options()};
  Clock clock;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<JobResult> results;
  Transfers transfers;
  Transfers::Batch batch;
};

std::string message_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const sdk::Error& e) {
    return e.message();
  }
}

TEST_CASE("many jobs are done at once") {
  ScriptedServer server(
      [](const SeenRequest& seen) { return Answer(200, seen.target).delay(milliseconds(100)); });
  Bench bench(server);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) bench.start("/" + std::to_string(i));
  std::set<std::string> bodies;
  for (const JobResult& result : bench.wait(20)) bodies.insert(result.answer.body);
  CHECK(bodies.size() == 20);
  CHECK(since(start) < milliseconds(1500));
}

TEST_CASE("no more than allowed run at once, and all come to their turn") {
  std::atomic<int> now{0}, most{0};
  ScriptedServer server([&](const SeenRequest&) {
    most = std::max(most.load(), ++now);
    --now;
    return Answer(200).delay(milliseconds(5));
  });
  Bench bench(server, 3);
  for (int i = 0; i < 30; ++i) bench.start("/x");
  bench.wait(30);
  CHECK(server.connections() <= 3);
}

TEST_CASE("a job is tried again, with a pause, without holding up the others") {
  std::atomic<int> asked{0};
  ScriptedServer server([&](const SeenRequest& seen) {
    return seen.target == "/busy" && ++asked < 3 ? Answer(503) : Answer(200, "ok");
  });
  Bench bench(server);
  bench.start("/busy");
  bench.start("/free");
  for (const JobResult& result : bench.wait(2)) CHECK(result.answer.body == "ok");
  CHECK(asked == 3);
}

TEST_CASE("a job that fails for good tells why") {
  ScriptedServer server([](const SeenRequest&) { return Answer::hang_up(); });
  Bench bench(server);
  bench.start("/x");
  const auto results = bench.wait(1);
  REQUIRE(results[0].error);
  CHECK(contains(message_of(results[0].error), "(after 5 attempts)"));
}

TEST_CASE("silence in a job ends with a time-out") {
  ScriptedServer server([](const SeenRequest&) { return Answer::silence(); });
  RetryPolicy once;
  once.attempts = 1;
  Client client(quick_options());
  Clock clock;
  Bench bench(server);
  Transfers transfers(client, once, clock);
  Transfers::Batch batch(transfers);
  batch.start({{[&] { return request_to(server); }, {}}, nullptr, [&](JobResult result) {
                 bench.take(std::move(result));
               }});
  CHECK(contains(message_of(bench.wait(1)[0].error), "first-byte time-out"));
}

TEST_CASE("cancelling ends jobs under way, and their memory is free then") {
  ScriptedServer server([](const SeenRequest&) {
    return Answer(200, std::string(1'000'000, 'x')).drip(1000, milliseconds(5));
  });
  Bench bench(server);
  {
    StringSink sinks[4];
    for (StringSink& sink : sinks) bench.start("/x", &sink);
    bench.batch.cancel();
  }
  CHECK(bench.results.empty());
  bench.start("/y");  // the batch still works
  bench.batch.cancel();
}

TEST_CASE("cancelling a batch leaves the others alone") {
  ScriptedServer server(
      [](const SeenRequest&) { return Answer(200, "ok").delay(milliseconds(50)); });
  Bench bench(server);
  Transfers::Batch other(bench.transfers);
  other.start({{[&] { return request_to(server); }, {}}, nullptr, [](JobResult) { std::abort(); }});
  bench.start("/x");
  other.cancel();
  CHECK(bench.wait(1)[0].answer.body == "ok");
}

TEST_CASE("a job with a sink that resumes goes on where it was") {
  std::atomic<int> asked{0};
  ScriptedServer server([&](const SeenRequest&) {
    return ++asked == 1 ? Answer(200, "abcdef").cut(3) : Answer(200, "def");
  });
  Bench bench(server);
  StringSink sink;
  bench.start("/x", &sink, true);
  CHECK_FALSE(bench.wait(1)[0].error);
  CHECK(sink.bytes == "abcdef");
}

TEST_CASE("a job with a sink that cannot resume is not repeated behind its first byte") {
  ScriptedServer server([&](const SeenRequest&) { return Answer(200, "abcdef").cut(3); });
  Bench bench(server);
  StringSink sink;
  bench.start("/x", &sink);
  CHECK(bench.wait(1)[0].error);
  CHECK(sink.bytes == "abc");
  CHECK(server.count() == 1);
}

TEST_CASE("a request that cannot be made ends its job") {
  ScriptedServer server(std::vector<Answer>{});
  Bench bench(server);
  bench.batch.start(
      {{[]() -> Request { throw sdk::Error(BERTH_STATUS_UNAUTHENTICATED, "no key"); }, {}},
       nullptr,
       [&](JobResult result) { bench.take(std::move(result)); }});
  CHECK(message_of(bench.wait(1)[0].error) == "no key");
}

TEST_CASE("the engine's thread takes none of the program's signals") {
  ScriptedServer server([](const SeenRequest&) { return Answer(200, "ok"); });
  Bench bench(server);
  sigset_t inside;
  sigemptyset(&inside);
  bench.batch.start({{[&] { return request_to(server); },
                      [&](const Response&) {
                        pthread_sigmask(SIG_SETMASK, nullptr, &inside);
                        return Verdict::accept;
                      }},
                     nullptr,
                     [&](JobResult result) { bench.take(std::move(result)); }});
  bench.wait(1);
  CHECK(sigismember(&inside, SIGINT) == 1);
  CHECK(sigismember(&inside, SIGTERM) == 1);
}

}  // namespace
}  // namespace berth::http
