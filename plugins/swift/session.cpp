// SPDX-License-Identifier: Apache-2.0
#include "session.hpp"

#include <algorithm>

namespace berth::swift {

// Long-lived tokens are renewed five minutes early, short ones when a quarter of their life is
// left.
bool SessionKeeper::is_fresh(const Session& session) const {
  if (!session.expires) return true;
  const auto margin =
      std::min<common::Time::duration>(std::chrono::minutes(5), (*session.expires - fetched_) / 4);
  return now_() < *session.expires - margin;
}

bool SessionKeeper::is_usable(const Session& session) const {
  return !session.expires || now_() < *session.expires;
}

std::shared_ptr<const Session> SessionKeeper::get(const sdk::Call& call) {
  std::unique_lock refresh(refresh_, std::defer_lock);
  {
    const std::lock_guard state(state_);
    if (current_ && is_fresh(*current_)) return current_;
    if (current_ && is_usable(*current_) && !refresh.try_lock()) return current_;
  }
  if (!refresh.owns_lock()) refresh.lock();
  {
    const std::lock_guard state(state_);
    if (current_ && is_fresh(*current_)) return current_;  // another thread has been faster
  }
  auto found = std::make_shared<const Session>(log_in_(call));
  const std::lock_guard state(state_);
  fetched_ = now_();
  return current_ = std::move(found);
}

void SessionKeeper::expire(const std::shared_ptr<const Session>& used) {
  const std::lock_guard state(state_);
  if (current_ == used) current_.reset();
}

}  // namespace berth::swift
