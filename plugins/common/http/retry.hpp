// SPDX-License-Identifier: Apache-2.0
//
// Repeating a request: exponential back-off with full jitter, Retry-After honoured, attempts and
// total time bounded, each attempt made (and signed) anew, only what is safe to repeat.
//
//   Retrier retrier(client, policy, clock);              // one per store
//   const Response answer = retrier.send({
//       [&] { return signed_request(clock.now()); },     // each attempt
//       [&](const Response& r) { return judge(r); }},    // or {} for judge_status
//       call);
//   if (!answer.ok()) throw error_of(answer);            // the last answer, whatever it was
#ifndef BERTH_COMMON_HTTP_RETRY_HPP
#define BERTH_COMMON_HTTP_RETRY_HPP

#include <atomic>
#include <berth/driver.hpp>
#include <chrono>
#include <functional>
#include <optional>

#include "common/http/http.hpp"

namespace berth::http {

// What an answer means for repeating. `accept` and `refuse` both end it and return the answer.
enum class Verdict {
  accept,     // the answer wanted
  refuse,     // final: repeating would not help (404, 403, 400)
  retry,      // the service failed (500, 504): after a pause; not if !Request::repeatable
  slow_down,  // the service asks for less (429, SlowDown): after a longer pause
  again,      // at once, once: judge changed something (a new token after 401)
  skewed      // our clock is wrong: learn the Date of the answer, at once, once
};

// By the status alone: 2xx accept; 408, 500, 502, 504 retry; 429, 503, 509 slow_down; else refuse.
Verdict judge_status(const Response& answer) noexcept;

// One logical request. Called by the thread that sends: the caller's for Retrier, the engine's for
// Transfers, on which all transfers wait: what may take long there (a login) is done before, when
// the plan is made, and again by make() only when that has run out.
struct Plan {
  std::function<Request()> make;                  // the next attempt, signed with the time of now
  std::function<Verdict(const Response&)> judge;  // empty: judge_status. May throw instead
  bool resumes = false;  // make() asks for what the sink has not got yet: it may be repeated then
};

// What the plan says of the answer, and what Request::repeatable leaves of it.
Verdict verdict_of(const Plan& plan, const Request& request, const Response& answer);

struct RetryPolicy {
  int attempts = 5;                              // at most, the first one included
  std::chrono::milliseconds base{100};           // pause n is random in [0, base * 2^n]
  std::chrono::milliseconds throttle_base{500};  // the same after slow_down
  std::chrono::milliseconds longest{20'000};     // no pause is longer, Retry-After included
  std::chrono::milliseconds total{120'000};      // no new attempt later than this
};

// The service's clock: ours, corrected by what its Date header showed. [any]
class Clock {
 public:
  std::chrono::system_clock::time_point now() const noexcept {
    return std::chrono::system_clock::now() + offset();
  }
  std::chrono::seconds offset() const noexcept {
    return std::chrono::seconds(offset_.load(std::memory_order_relaxed));
  }
  // Takes the Date of the answer as now; logs the skew. False: there is no Date, or no skew to
  // correct. True as well where another answer has told it before.
  bool learn(const Response& answer) noexcept;

 private:
  std::atomic<int64_t> offset_{0};
};

// The pauses of one logical request. [one]
class Backoff {
 public:
  explicit Backoff(const RetryPolicy& policy) noexcept;

  // Whether and after what pause to try again; nullopt: give up.
  std::optional<std::chrono::milliseconds> after(Verdict verdict, const Response& answer,
                                                 Clock& clock);
  std::optional<std::chrono::milliseconds> after(const sdk::Error& error);
  void progressed() noexcept;  // a resumed read got further: counts and time start over
  int attempts() const noexcept { return attempts_; }

 private:
  std::optional<std::chrono::milliseconds> pause(std::chrono::milliseconds base,
                                                 std::chrono::milliseconds advice);
  std::optional<std::chrono::milliseconds> at_once(bool& used_up) noexcept;
  const RetryPolicy policy_;
  std::chrono::steady_clock::time_point start_;
  int attempts_ = 0;        // made so far
  int failures_ = 0;        // in a row
  bool mended_ = false;     // `again` was used up
  bool corrected_ = false;  // `skewed` was
};

// The same error with another text.
sdk::Error reworded(const sdk::Error& error, std::string message);

// An error after which nobody shall try again: it had its attempts, perhaps those of a token that
// another request needs. Its text tells how many they were: "... (after 5 attempts)".
class Exhausted final : public sdk::Error {
 public:
  using sdk::Error::Error;
  explicit Exhausted(const sdk::Error& error) : sdk::Error(error) {}
};
Exhausted with_attempts(const sdk::Error& error, int attempts);

// A sink that knows whether it was given anything.
class WatchedSink final : public BodySink {
 public:
  explicit WatchedSink(BodySink& sink) noexcept : sink_(sink) {}
  void begin(const Response& head) override { sink_.begin(head); }
  void write(std::string_view bytes) override {
    touched_ = true;
    sink_.write(bytes);
  }
  bool touched() const noexcept { return touched_; }

 private:
  BodySink& sink_;
  bool touched_ = false;
};

// What Retry-After asks for, in seconds or as a date; zero: nothing.
std::chrono::milliseconds retry_after(const Response& answer);

// Sleeps, but throws CANCELLED or DEADLINE_EXCEEDED as soon as the call is over. Throws
// DEADLINE_EXCEEDED at once when the pause cannot end before the deadline; `why` is told then.
void pause(std::chrono::milliseconds time, const sdk::Call& call, const std::string& why);

class Retrier {
 public:
  Retrier(Client& client, RetryPolicy policy, Clock& clock) noexcept
      : client_(client), policy_(policy), clock_(clock) {}

  // The last answer: accepted, refused, or still failing when attempts or time ran out. Throws what
  // Client::send throws when no answer came; the text then tells the number of attempts.
  Response send(const Plan& plan, const sdk::Call& call);

  // The same with a sink: once the sink has got a byte, repeated only if the plan resumes. To read
  // an object, object_reader.hpp does all of it.
  Response send(const Plan& plan, BodySink& sink, const sdk::Call& call);

  // Opens a stream; repeated until its head is good.
  std::unique_ptr<Stream> open(const Plan& plan, const sdk::Call& call);

  Client& client() const noexcept { return client_; }
  const RetryPolicy& policy() const noexcept { return policy_; }
  Clock& clock() const noexcept { return clock_; }

 private:
  Client& client_;
  const RetryPolicy policy_;
  Clock& clock_;
};

}  // namespace berth::http

#endif  // BERTH_COMMON_HTTP_RETRY_HPP
