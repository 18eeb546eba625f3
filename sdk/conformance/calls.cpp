// SPDX-License-Identifier: Apache-2.0
//
// Deadlines and cancelling. driver.h: a call returns soon after its deadline with DEADLINE_EXCEEDED
// and soon after it was cancelled with CANCELLED; so one whose deadline has passed before it began
// fails without having done anything.
#include <atomic>
#include <chrono>
#include <thread>

#include "tests.hpp"

namespace berth::conformance {
namespace {

using Clock = std::chrono::steady_clock;

struct Named {
  const char* what;
  std::function<void(Context&, const CallOptions&)> call;
};

// Every operation, on objects that are there.
std::vector<Named> all_calls() {
  return {
      {"get_content", [](Context& t, auto& o) { (void)t.store().get_content(t.path("a"), o); }},
      {"put_content", [](Context& t, auto& o) { t.store().put_content(t.path("n"), "x", {}, o); }},
      {"reader", [](Context& t, auto& o) { (void)t.store().reader(t.path("a"), 0, {}, o); }},
      {"writer", [](Context& t, auto& o) { (void)t.store().writer(t.path("n"), {}, o); }},
      {"stat", [](Context& t, auto& o) { (void)t.store().stat(t.path("a"), o); }},
      {"list", [](Context& t, auto& o) { (void)t.store().list(t.directory(), o); }},
      {"walk",
       [](Context& t, auto& o) {
         t.store().walk(
             t.directory(), [](const Entry&) { return Visit::carry_on; }, {}, o);
       }},
      {"move", [](Context& t, auto& o) { t.store().move(t.path("a"), t.path("n"), o); }},
      {"copy", [](Context& t, auto& o) { t.store().copy(t.path("a"), t.path("n"), o); }},
      {"remove", [](Context& t, auto& o) { t.store().remove(t.path("a"), o); }},
  };
}

void expect_untouched(Context& t) {
  t.expect_kept({"a"});
  t.expect_gone(t.path("n"));
}

template <class E>
void expect_all_fail(Context& t, const std::string& why, const CallOptions& options) {
  t.put("a");
  for (const Named& named : all_calls())
    expect_error<E>(named.what + why, [&] { named.call(t, options); });
  expect_untouched(t);
}

void deadline_passed(Context& t) {
  CallOptions options;
  options.deadline = Clock::now() - std::chrono::seconds(1);
  expect_all_fail<DeadlineExceededError>(t, " with a deadline that has passed", options);
}

void deadline_ahead(Context& t) {
  CallOptions options;
  options.deadline = Clock::now() + std::chrono::hours(1);
  options.trace_id = "conformance-trace";
  t.put("a");
  for (const Named& named : all_calls()) {
    if (!exists(t.store(), t.path("a"))) t.put("a");
    named.call(t, options);
  }
}

void cancelled_before(Context& t) {
  std::stop_source source;
  source.request_stop();
  CallOptions options;
  options.stop = source.get_token();
  expect_all_fail<CancelledError>(t, " that was cancelled before", options);
}

void stream_deadline(Context& t) {
  CallOptions late;
  late.deadline = Clock::now() - std::chrono::seconds(1);
  Reader reader = t.store().reader(t.put("a"));
  char byte = 0;
  expect_error<DeadlineExceededError>("read with a deadline that has passed",
                                      [&] { (void)reader.read(&byte, 1, late); });
  Writer writer = t.store().writer(t.path("n"));
  expect_error<DeadlineExceededError>("write with a deadline that has passed",
                                      [&] { writer.write("x", late); });
  writer.cancel();
  writer.close();
  expect_untouched(t);
}

// Writes until the token stops it. The next write after the stop must fail, and soon.
void cancel_long_write(Context& t) {
  const std::string block = t.random().bytes(mib);
  const std::string path = t.path("n");
  std::stop_source source;
  CallOptions options;
  options.stop = source.get_token();
  Writer writer = t.store().writer(path);
  std::atomic<Clock::rep> stopped_at{0};
  std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    stopped_at = Clock::now().time_since_epoch().count();
    source.request_stop();
  });
  expect_error<CancelledError>("a write that is cancelled", [&] {
    for (int i = 0; i < (t.quick() ? 64 : 512) || !source.stop_requested(); ++i) {
      if (i >= 512)
        std::this_thread::yield();
      else
        writer.write(block, options);
    }
    writer.write(block, options);
  });
  const auto after = Clock::now().time_since_epoch() - Clock::duration(stopped_at.load());
  expect(after < std::chrono::seconds(10), "a cancelled write took more than 10 s to end");
  writer.cancel();
  writer.close();
  t.expect_gone(path);
}

// A write that failed may have left a hole: only cancel and close are possible.
void no_commit_after_failure(Context& t) {
  std::stop_source source;
  source.request_stop();
  CallOptions options;
  options.stop = source.get_token();
  const std::string path = t.put("object", "old content");
  Writer writer = t.store().writer(path);
  writer.write("beginning");
  expect_error<CancelledError>("a cancelled write", [&] { writer.write("middle", options); });
  expect_error<Error>("commit after a write that failed", [&] { writer.commit(); });
  writer.cancel();
  writer.close();
  t.expect_content(path, "old content");
}

void cancel_from_visitor(Context& t) {
  t.put_all({"d/1", "d/2", "d/3", "d/4/x", "d/5/x"});
  std::stop_source source;
  CallOptions options;
  options.stop = source.get_token();
  const Visitor visit = [&](const Entry&) {
    source.request_stop();
    return Visit::carry_on;
  };
  try {
    t.store().walk(t.path("d"), visit, {}, options);
  } catch (const CancelledError&) {
    return;
  }
  // All entries may have been fetched before the first visit; then there was nothing to cancel.
}

constexpr Test tests[] = {
    {"calls/deadline-passed", "A deadline that has passed fails every call at once.",
     deadline_passed},
    {"calls/deadline-ahead", "A deadline far ahead changes nothing.", deadline_ahead},
    {"calls/cancelled-before", "A call cancelled before it began does nothing.", cancelled_before},
    {"calls/stream-deadline", "Reads and writes have deadlines of their own.", stream_deadline},
    {"calls/cancel-long-write", "A long write ends soon after its cancelling.", cancel_long_write},
    {"calls/no-commit-after-failure", "A failed write cannot be committed.",
     no_commit_after_failure},
    {"calls/cancel-from-visitor", "A visitor may cancel its own walk.", cancel_from_visitor},
};

}  // namespace

std::span<const Test> call_tests() {
  return tests;
}

}  // namespace berth::conformance
