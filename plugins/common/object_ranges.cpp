// SPDX-License-Identifier: Apache-2.0
//
// Two threads: the caller's starts requests and reports ranges, the engine's receives the bytes.
// One mutex guards what both touch.
#include "common/object_ranges.hpp"

#include <algorithm>
#include <berth/ranges.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/wakeup.hpp"

namespace berth::common {
namespace {

constexpr uint64_t default_join_gap = uint64_t{256} << 10;
constexpr uint64_t default_largest_request = uint64_t{8} << 20;
constexpr unsigned default_parallel = 16;

// What all requests of one call have learnt.
class Version {
 public:
  Version(std::string etag, bool several)
      : etag_(std::move(etag)), required_(several || !etag_.empty()) {}

  const std::string& etag() const noexcept { return etag_; }
  const std::optional<sdk::Stat>& object() const noexcept { return object_; }

  // Throws unless the answer is of the same version as those before. head: 200 or 206.
  void check(const http::Response& head) {
    const std::string now(head.headers.get("ETag"));
    if (now.empty() && required_)
      throw sdk::Error(BERTH_STATUS_UNAVAILABLE,
                       "the service reports no ETag, so it is not known whether all ranges are of "
                       "one version of the object");
    if (!etag_.empty() && now != etag_) throw changed_error();
    etag_ = now;
    const std::optional<uint64_t> size = size_of_object(head);
    if (!size) return;
    if (size_after_end_ && *size_after_end_ != *size) throw changed_error();
    if (!object_) object_ = stat_of(head);
  }

  // An answer that says that the object ends before a range; it carries no ETag.
  void check_end(std::optional<uint64_t> size) {
    if (!size) return;
    if (object_ ? object_->size != *size : size_after_end_ && *size_after_end_ != *size)
      throw changed_error();
    size_after_end_ = size;
  }

 private:
  std::string etag_;
  const bool required_;
  std::optional<sdk::Stat> object_;
  std::optional<uint64_t> size_after_end_;
};

class RangeFetch {
 public:
  RangeFetch(const ObjectSource& source, http::Transfers& transfers, const sdk::RangeRead& read)
      : source_(source),
        read_(read),
        parallel_(read.parallel(default_parallel)),
        plan_(read.ranges(), read.count(), read.join_gap(default_join_gap),
              read.largest_request(default_largest_request)),
        version_(std::string(read.if_match()), plan_.requests().size() > 1),
        batch_(transfers) {}

  void run(const sdk::Call& call) {
    while (start_requests(call)) {
      wakeup_.wait(call);
      report();
    }
    if (version_.object()) read_.object(*version_.object());
    for (size_t i = 0; i < read_.count(); ++i)
      if (read_.ranges()[i].length == 0) read_.done(i);
  }

 private:
  class Answer;

  // False: all are over, and reported.
  bool start_requests(const sdk::Call& call) {
    if (next_ < plan_.requests().size() && in_flight_.size() < parallel_) source_.prepare(call);
    while (next_ < plan_.requests().size() && in_flight_.size() < parallel_) start_request();
    return !in_flight_.empty();
  }

  void start_request();
  void report();

  // An object that is missing after bytes of it came was removed meanwhile.
  [[noreturn]] void fail() const {
    try {
      std::rethrow_exception(failure_);
    } catch (const sdk::Error& error) {
      if (seen_ && error.status() == BERTH_STATUS_PATH_NOT_FOUND) throw changed_error();
      throw;
    }
  }

  const ObjectSource& source_;
  const sdk::RangeRead& read_;
  const size_t parallel_;
  const sdk::RangePlan plan_;
  size_t next_ = 0;                                 // the first request that was not started
  std::vector<std::unique_ptr<Answer>> in_flight_;  // the caller's thread only

  std::mutex mutex_;  // of the members below, and of the answers
  Version version_;
  std::vector<size_t> completed_;  // ranges that were not reported yet
  bool seen_ = false;              // some bytes of the object came
  std::exception_ptr failure_;
  Wakeup wakeup_;
  http::Transfers::Batch batch_;  // last: ends before what its jobs use
};

// The answer to one request, over all its attempts. In the engine's thread.
class RangeFetch::Answer final : public http::BodySink {
 public:
  Answer(RangeFetch& fetch, const sdk::RangeRequest& request)
      : fetch_(fetch),
        end_(request.offset + request.length),
        scatter_(fetch.read_.ranges(), fetch.plan_, request) {}

  http::Job job() {
    return {{[this] { return next_request(); },
             [this](const http::Response& answer) { return judge(answer); }, true},
            this,
            [this](const http::JobResult& result) { done(result); }};
  }

  bool over() const noexcept { return over_; }  // REQUIRES: mutex_ of the fetch

 private:
  // The rest of what was asked for.
  http::Request next_request() {
    const std::lock_guard lock(fetch_.mutex_);
    const std::string& etag = fetch_.version_.etag();
    if (touched_ && etag.empty())
      throw sdk::Error(BERTH_STATUS_UNAVAILABLE,
                       "the answer broke off, and without an ETag the rest cannot be asked for");
    return fetch_.source_.get(range_conditions(scatter_.position(), end_ - 1, etag), nullptr);
  }

  http::Verdict judge(const http::Response& answer) const { return fetch_.source_.judge(answer); }

  void begin(const http::Response& head) override {
    const std::lock_guard lock(fetch_.mutex_);
    ends_here_ = is_empty_range(head);
    if (ends_here_) return;
    if (head.status != 200) check_range(head, scatter_.position(), {});
    fetch_.version_.check(head);
    fetch_.seen_ = true;
    if (const auto size = size_of_object(head)) end_ = std::min(end_, *size);
    skip_ = head.status == 200 ? scatter_.position() : 0;  // a service without ranges
  }

  void write(std::string_view bytes) override {
    const std::lock_guard lock(fetch_.mutex_);
    const size_t skipped = std::min<uint64_t>(skip_, bytes.size());
    skip_ -= skipped;
    bytes.remove_prefix(skipped);
    const uint64_t left = end_ > scatter_.position() ? end_ - scatter_.position() : 0;
    bytes = bytes.substr(0, left);
    if (bytes.empty()) return;
    touched_ = true;
    scatter_.take(bytes.data(), bytes.size(), [this](size_t index) { complete(index); });
  }

  void done(const http::JobResult& result) noexcept {
    const std::lock_guard lock(fetch_.mutex_);
    try {
      if (result.error) std::rethrow_exception(result.error);
      check_outcome(result.answer);
      scatter_.finish([this](size_t index) { complete(index); });
    } catch (...) {
      if (!fetch_.failure_) fetch_.failure_ = std::current_exception();
    }
    over_ = true;
    fetch_.wakeup_.raise();
  }

  void check_outcome(const http::Response& answer) {
    if (answer.status == 412) throw changed_error();
    if (answer.status == 416 || ends_here_)
      return fetch_.version_.check_end(size_of_object(answer));
    if (!answer.ok()) fetch_.source_.fail(answer);
    if (scatter_.position() < end_)
      throw sdk::Error(BERTH_STATUS_UNAVAILABLE,
                       "the service sent too few bytes for a range: it stopped at byte " +
                           std::to_string(scatter_.position()) + " of " + std::to_string(end_));
  }

  void complete(size_t index) {
    fetch_.completed_.push_back(index);
    fetch_.wakeup_.raise();
  }

  RangeFetch& fetch_;
  uint64_t end_;  // after the last byte that is to come
  sdk::RangeScatter scatter_;
  uint64_t skip_ = 0;  // bytes of this answer that come before the request
  bool touched_ = false;
  bool ends_here_ = false;  // the object ends before the request
  bool over_ = false;
};

void RangeFetch::start_request() {
  in_flight_.push_back(std::make_unique<Answer>(*this, plan_.requests()[next_]));
  try {
    batch_.start(in_flight_.back()->job());
  } catch (...) {
    in_flight_.pop_back();
    throw;
  }
  ++next_;
}

void RangeFetch::report() {
  std::vector<size_t> completed;
  {
    const std::lock_guard lock(mutex_);
    completed.swap(completed_);
    if (failure_) fail();
    std::erase_if(in_flight_, [](const std::unique_ptr<Answer>& one) { return one->over(); });
  }
  for (const size_t index : completed) read_.done(index);
}

}  // namespace

void read_ranges(const ObjectSource& source, http::Transfers& transfers, const sdk::RangeRead& read,
                 const sdk::Call& call) {
  RangeFetch(source, transfers, read).run(call);
}

}  // namespace berth::common
