// SPDX-License-Identifier: Apache-2.0
//
// Deadlines and cancellation. A call returns DEADLINE_EXCEEDED soon after its deadline and
// CANCELLED soon after it is cancelled. If either happened before the call began, the call does
// nothing.
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

// Every operation, on objects that exist.
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
  expect_all_fail<CancelledError>(t, " that was cancelled before it began", options);
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

// Writes until the token is stopped. The next write must fail soon.
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
  expect(after < std::chrono::seconds(10),
         "a write took more than 10 s to end after it was cancelled");
  writer.cancel();
  writer.close();
  t.expect_gone(path);
}

// A failed write may have left a gap, so only cancel and close are allowed.
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
  // The driver may have fetched all entries before the first visit; then there is nothing to
  // cancel.
}

constexpr Test tests[] = {
    {"calls/deadline-passed", "berth_call",
     "A call whose deadline has passed fails at once and does nothing.", deadline_passed},
    {"calls/deadline-ahead", "berth_call", "A deadline far in the future changes nothing.",
     deadline_ahead},
    {"calls/cancelled-before", "berth_call",
     "A call that was cancelled before it began does nothing.", cancelled_before},
    {"calls/stream-deadline", "berth_call", "Each read and each write has a deadline of its own.",
     stream_deadline},
    {"calls/cancel-long-write", "berth_call", "A long write ends soon after it is cancelled.",
     cancel_long_write},
    {"calls/no-commit-after-failure", "writer_write", "After a failed write, a commit fails.",
     no_commit_after_failure},
    {"calls/cancel-from-visitor", "berth_call", "A visitor may cancel its own walk.",
     cancel_from_visitor},
};

}  // namespace

std::span<const Test> call_tests() {
  return tests;
}

}  // namespace berth::conformance
