// SPDX-License-Identifier: Apache-2.0
#include "common/http/retry.hpp"

#include <poll.h>

#include <algorithm>
#include <random>

namespace berth::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int64_t least_skew_seconds = 30;  // less is the age of the answer, not of the clock

milliseconds random_up_to(milliseconds most) {
  thread_local std::minstd_rand generator(std::random_device{}());
  return milliseconds(std::uniform_int_distribution<int64_t>(0, most.count())(generator));
}

bool is_exhausted(const sdk::Error& error) noexcept {
  return dynamic_cast<const Exhausted*>(&error) != nullptr;
}

}  // namespace

// Of a request that must not be sent twice, only a plain rejection allows another attempt.
Verdict verdict_of(const Plan& plan, const Request& request, const Response& answer) {
  const Verdict verdict = plan.judge ? plan.judge(answer) : judge_status(answer);
  return verdict == Verdict::retry && !request.repeatable ? Verdict::refuse : verdict;
}

namespace {

// The loop itself. attempt() sends once; answer_of() is what to judge of its result.
template <class Attempt, class AnswerOf, class MayRepeat>
auto repeat(const Retrier& retrier, const Plan& plan, const sdk::Call& call, Attempt attempt,
            AnswerOf answer_of, MayRepeat may_repeat) {
  Backoff backoff(retrier.policy());
  for (;;) {
    std::optional<milliseconds> again;
    std::string why;
    try {
      const Request request = plan.make();
      auto result = attempt(request);
      const Response& answer = answer_of(result);
      again = backoff.after(verdict_of(plan, request, answer), answer, retrier.clock());
      if (!again || !may_repeat()) return result;
      why = request.url.authority() + " answered " + std::to_string(answer.status);
    } catch (const sdk::Error& error) {
      again = backoff.after(error);
      if (!again || !may_repeat()) throw with_attempts(error, backoff.attempts());
      why = error.message();
    }
    if (sdk::log_enabled(BERTH_LOG_DEBUG)) sdk::log(BERTH_LOG_DEBUG, "trying again: " + why);
    pause(*again, call, why);
  }
}

}  // namespace

sdk::Error reworded(const sdk::Error& error, std::string message) {
  sdk::Error told(error.status(), std::move(message));
  told.code(error.code()).request_id(error.request_id()).os_errno(error.os_errno());
  told.protocol_status(error.protocol_status()).retryable(error.retryable());
  return told.retry_after(error.retry_after());
}

Exhausted with_attempts(const sdk::Error& error, int attempts) {
  if (attempts < 2 || is_exhausted(error)) return Exhausted(error);
  return Exhausted(
      reworded(error, error.message() + " (after " + std::to_string(attempts) + " attempts)"));
}

Verdict judge_status(const Response& answer) noexcept {
  switch (answer.status) {
    case 408:
    case 500:
    case 502:
    case 504:
      return Verdict::retry;
    case 429:
    case 503:
    case 509:
      return Verdict::slow_down;
    default:
      return answer.ok() ? Verdict::accept : Verdict::refuse;
  }
}

bool Clock::learn(const Response& answer) noexcept {
  const auto date = parse_http_date(answer.headers.get("Date"));
  if (!date) return false;
  const auto ours = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  const int64_t skew = *date - ours;
  if (std::abs(skew - offset().count()) < least_skew_seconds) return offset().count() != 0;
  offset_.store(skew, std::memory_order_relaxed);
  sdk::log(BERTH_LOG_WARN, "this machine's clock differs from the service's by " +
                               std::to_string(-skew) +
                               " s; signing with the service's time; set the clock right");
  return true;
}

milliseconds retry_after(const Response& answer) {
  if (const auto count = answer.headers.number("Retry-After"))
    return seconds(std::min<uint64_t>(*count, 86'400));
  const auto date = parse_http_date(answer.headers.get("Retry-After"));
  if (!date) return milliseconds(0);
  const auto ours = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  const auto theirs = parse_http_date(answer.headers.get("Date")).value_or(ours);
  return seconds(std::clamp<int64_t>(*date - theirs, 0, 86'400));
}

Backoff::Backoff(const RetryPolicy& policy) noexcept
    : policy_(policy), start_(std::chrono::steady_clock::now()) {}

void Backoff::progressed() noexcept {
  failures_ = 0;
  start_ = std::chrono::steady_clock::now();
}

std::optional<milliseconds> Backoff::pause(milliseconds base, milliseconds advice) {
  ++attempts_;
  const int doubling = std::min(failures_++, 20);
  if (failures_ >= policy_.attempts || advice > policy_.longest) return std::nullopt;
  const milliseconds most = std::min(base * (int64_t{1} << doubling), policy_.longest);
  const milliseconds time = std::max(random_up_to(most), advice);
  if (std::chrono::steady_clock::now() + time > start_ + policy_.total) return std::nullopt;
  return time;
}

std::optional<milliseconds> Backoff::after(Verdict verdict, const Response& answer, Clock& clock) {
  switch (verdict) {
    case Verdict::retry:
      return pause(policy_.base, retry_after(answer));
    case Verdict::slow_down:
      return pause(policy_.throttle_base, retry_after(answer));
    case Verdict::again:
      return at_once(mended_);
    case Verdict::skewed:
      if (!clock.learn(answer)) corrected_ = true;
      return at_once(corrected_);
    default:
      ++attempts_;
      return std::nullopt;
  }
}

std::optional<milliseconds> Backoff::at_once(bool& used_up) noexcept {
  ++attempts_;
  if (std::exchange(used_up, true)) return std::nullopt;
  return milliseconds(0);
}

std::optional<milliseconds> Backoff::after(const sdk::Error& error) {
  // The same condition would fail again; only the caller can begin anew.
  const bool final = !error.retryable() || error.status() == BERTH_STATUS_PRECONDITION_FAILED ||
                     is_exhausted(error);
  if (!final) return pause(policy_.base, error.retry_after());
  ++attempts_;
  return std::nullopt;
}

void pause(milliseconds time, const sdk::Call& call, const std::string& why) {
  call.check();
  if (call.has_deadline() && call.remaining() <= time)
    throw sdk::Error(
        BERTH_STATUS_DEADLINE_EXCEEDED,
        "the deadline of the call comes before the next attempt; the last one: " + why);
  const auto end = std::chrono::steady_clock::now() + time;
  pollfd cancel{call.cancel_fd(), POLLIN, 0};
  for (auto left = time; left.count() > 0;
       left = std::chrono::ceil<milliseconds>(end - std::chrono::steady_clock::now())) {
    const milliseconds step = call.cancel_fd() < 0 ? std::min(left, milliseconds(50)) : left;
    ::poll(&cancel, call.cancel_fd() < 0 ? 0 : 1, static_cast<int>(step.count()));
    call.check();
  }
}

Response Retrier::send(const Plan& plan, const sdk::Call& call) {
  return repeat(
      *this, plan, call, [&](const Request& request) { return client_.send(request, call); },
      [](const Response& answer) -> const Response& { return answer; }, [] { return true; });
}

Response Retrier::send(const Plan& plan, BodySink& sink, const sdk::Call& call) {
  WatchedSink watched(sink);
  return repeat(
      *this, plan, call,
      [&](const Request& request) { return client_.send(request, watched, call); },
      [](const Response& answer) -> const Response& { return answer; },
      [&] { return plan.resumes || !watched.touched(); });
}

std::unique_ptr<Stream> Retrier::open(const Plan& plan, const sdk::Call& call) {
  return repeat(
      *this, plan, call, [&](const Request& request) { return client_.open(request, call); },
      [](const std::unique_ptr<Stream>& stream) -> const Response& { return stream->head(); },
      [] { return true; });
}

}  // namespace berth::http
