// SPDX-License-Identifier: Apache-2.0
//
// Several requests at once, while the thread that wants them waits under its call. The first
// failure ends the waiting; the destructor ends what is still under way.
#ifndef BERTH_COMMON_JOB_GROUP_HPP
#define BERTH_COMMON_JOB_GROUP_HPP

#include <exception>
#include <functional>
#include <mutex>

#include "common/http/transfers.hpp"
#include "common/wakeup.hpp"

namespace berth::common {

// [one]
class JobGroup {
 public:
  // At most `limit` are in flight.
  JobGroup(http::Transfers& transfers, size_t limit) : limit_(limit), batch_(transfers) {}

  // `take` gets the last answer, in the engine's thread, one at a time; it may throw what that
  // means. Blocks while the limit is reached, and throws the first failure.
  using Take = std::function<void(const http::Response&)>;
  void start(http::Plan plan, Take take, const sdk::Call& call) {
    wait_until_below(limit_, call);
    {
      const std::lock_guard lock(mutex_);
      ++in_flight_;
    }
    try {
      batch_.start(
          {std::move(plan), nullptr, [this, take = std::move(take)](const http::JobResult& result) {
             finish(result, take);
           }});
    } catch (...) {
      const std::lock_guard lock(mutex_);
      --in_flight_;
      throw;
    }
  }

  void wait(const sdk::Call& call) { wait_until_below(1, call); }

 private:
  void finish(const http::JobResult& result, const Take& take) noexcept {
    const std::lock_guard lock(mutex_);
    try {
      if (result.error) std::rethrow_exception(result.error);
      take(result.answer);
    } catch (...) {
      if (!failure_) failure_ = std::current_exception();
    }
    --in_flight_;
    wakeup_.raise();
  }

  void wait_until_below(size_t limit, const sdk::Call& call) {
    for (;;) {
      {
        const std::lock_guard lock(mutex_);
        if (failure_) std::rethrow_exception(failure_);
        if (in_flight_ < limit) return;
      }
      wakeup_.wait(call);
    }
  }

  const size_t limit_;
  std::mutex mutex_;  // of the members below
  size_t in_flight_ = 0;
  std::exception_ptr failure_;
  Wakeup wakeup_;
  http::Transfers::Batch batch_;  // last: ends before what its jobs use
};

}  // namespace berth::common

#endif  // BERTH_COMMON_JOB_GROUP_HPP
