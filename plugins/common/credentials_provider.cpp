// SPDX-License-Identifier: Apache-2.0
#include "common/credentials_provider.hpp"

#include <algorithm>

namespace berth::common {
namespace {

// Long-lived tokens are renewed five minutes early, short ones when a quarter of their life is
// left.
Time::duration margin(Time fetched, Time expires) {
  return std::min<Time::duration>(std::chrono::minutes(5), (expires - fetched) / 4);
}

}  // namespace

CredentialsProvider::CredentialsProvider(Credentials fixed)
    : now_([] { return std::chrono::system_clock::now(); }),
      current_(std::make_shared<const Credentials>(std::move(fixed))) {}

CredentialsProvider::CredentialsProvider(std::vector<std::unique_ptr<CredentialsSource>> sources,
                                         std::function<Time()> now, std::string keys)
    : sources_(std::move(sources)), now_(std::move(now)), keys_(std::move(keys)) {}

bool CredentialsProvider::is_fresh(const Credentials& credentials) const {
  return !credentials.expires ||
         now_() < *credentials.expires - margin(fetched_, *credentials.expires);
}

bool CredentialsProvider::is_usable(const Credentials& credentials) const {
  return !credentials.expires || now_() < *credentials.expires;
}

std::shared_ptr<const Credentials> CredentialsProvider::get(const sdk::Call& call) {
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
  auto found = find(call);
  const std::lock_guard state(state_);
  current_ = std::move(found);
  fetched_ = now_();
  return current_;
}

bool CredentialsProvider::expire(const std::shared_ptr<const Credentials>& used) {
  if (sources_.empty()) return false;
  const std::lock_guard state(state_);
  if (current_ == used) current_.reset();
  return true;
}

std::shared_ptr<const Credentials> CredentialsProvider::find(const sdk::Call& call) {
  std::string tried;
  for (const auto& source : sources_) {
    Found found = source->find(call);
    if (found.credentials)
      return std::make_shared<const Credentials>(std::move(*found.credentials));
    tried += (tried.empty() ? "" : "; ") + std::string(source->name()) + ": " + found.reason;
  }
  throw sdk::Error(BERTH_UNAUTHENTICATED,
                   "no credentials found; give " + keys_ + ", or one of these (" + tried + ")");
}

}  // namespace berth::common
