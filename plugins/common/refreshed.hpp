// SPDX-License-Identifier: Apache-2.0
//
// A token, or keys, of one store: asked for once, renewed before it expires or when the service
// refuses it, by one thread at a time while the others go on with what is still good.
#ifndef BERTH_COMMON_REFRESHED_HPP
#define BERTH_COMMON_REFRESHED_HPP

#include <algorithm>
#include <berth/driver.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "common/dates.hpp"

namespace berth::common {

// T has a member `std::optional<Time> expires`, by our clock; nullopt: it lasts.
template <class T>
class Refreshed {
 public:
  using Ask = std::function<T(const sdk::Call&)>;  // throws what went wrong
  using Now = std::function<Time()>;
  using Pointer = std::shared_ptr<const T>;

  explicit Refreshed(
      Ask ask, Now now = [] { return std::chrono::system_clock::now(); })
      : ask_(std::move(ask)), now_(std::move(now)) {}

  [[nodiscard]] Pointer get(const sdk::Call& call);  // [any]

  // The service refused it: the next get() asks anew, unless another thread has done so. [any]
  void expire(const Pointer& used) {
    const std::lock_guard state(state_);
    if (current_ == used) current_.reset();
  }

 private:
  // A renewal that failed is not tried again by every call.
  static constexpr std::chrono::seconds pause{5};

  // The three are called with state_ held.
  [[nodiscard]] bool is_usable() const {
    return current_ && (!current_->expires || now_() < *current_->expires);
  }
  [[nodiscard]] bool is_fresh() const {
    return is_usable() && (!current_->expires || now_() < renewal_);
  }
  void keep(Pointer found);

  const Ask ask_;
  const Now now_;
  std::mutex refresh_;  // held while the service is asked
  std::mutex state_;    // of the members below
  Pointer current_;
  Time renewal_;  // when the current one is no longer fresh
};

template <class T>
typename Refreshed<T>::Pointer Refreshed<T>::get(const sdk::Call& call) {
  std::unique_lock refresh(refresh_, std::defer_lock);
  {
    const std::lock_guard state(state_);
    if (is_fresh()) return current_;
    if (is_usable() && !refresh.try_lock()) return current_;
  }
  if (!refresh.owns_lock()) refresh.lock();
  {
    const std::lock_guard state(state_);
    if (is_fresh()) return current_;  // another thread has been faster
  }
  try {
    auto found = std::make_shared<const T>(ask_(call));
    const std::lock_guard state(state_);
    keep(std::move(found));
    return current_;
  } catch (const sdk::Error&) {
    const std::lock_guard state(state_);
    if (!is_usable()) throw;
    renewal_ = now_() + pause;
    return current_;
  }
}

// Long-lived ones are renewed five minutes early, short ones when a quarter of their life is left.
template <class T>
void Refreshed<T>::keep(Pointer found) {
  current_ = std::move(found);
  if (!current_->expires) return;
  const Time now = now_();
  renewal_ = *current_->expires -
             std::min<Time::duration>(std::chrono::minutes(5), (*current_->expires - now) / 4);
}

}  // namespace berth::common

#endif  // BERTH_COMMON_REFRESHED_HPP
