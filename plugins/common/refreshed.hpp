// SPDX-License-Identifier: Apache-2.0
//
// A token, or keys, of one store: asked for once, renewed before it expires or when the service
// refuses it, by one thread at a time while the others go on with what is still good.
#ifndef BERTH_COMMON_REFRESHED_HPP
#define BERTH_COMMON_REFRESHED_HPP

#include <algorithm>
#include <berth/driver.hpp>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "common/cleanup_call.hpp"
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

  // Throws what went wrong with asking, and CANCELLED or DEADLINE_EXCEEDED when the call is over
  // while another thread asks. [any]
  [[nodiscard]] Pointer get(const sdk::Call& call);

  // For one attempt of a request, made by the caller's thread within `call`. nullptr: by the
  // engine's, on which all transfers wait. What is good will do there though it is due, and whoever
  // plans such attempts calls get() before; only when that has run out does it ask, for half a
  // minute at the most. [any]
  [[nodiscard]] Pointer for_attempt(const sdk::Call* call) {
    if (call) return get(*call);
    if (auto good = ready()) return good;
    const CleanupCall own(own_time);
    return get(own.call());
  }

  // What is still good, without asking; nullptr: nothing. [any]
  [[nodiscard]] Pointer ready() {
    const std::lock_guard state(state_);
    return is_usable() ? current_ : nullptr;
  }

  // The service refused it: the next get() asks anew, unless another thread has done so. [any]
  void expire(const Pointer& used) {
    const std::lock_guard state(state_);
    if (current_ == used) current_.reset();
  }

 private:
  // A renewal that failed is not tried again by every call.
  static constexpr std::chrono::seconds pause{5};
  // What asking may take when no caller's deadline bounds it.
  static constexpr std::chrono::seconds own_time{30};

  T ask_within(const sdk::Call& call);

  // These are called with state_ held.
  [[nodiscard]] bool is_usable() const {
    return current_ && (!current_->expires || now_() < *current_->expires);
  }
  [[nodiscard]] bool is_fresh() const {
    return is_usable() && (!current_->expires || now_() < renewal_);
  }
  void wait(std::unique_lock<std::mutex>& state, const sdk::Call& call);
  Pointer ask(std::unique_lock<std::mutex>& state, const sdk::Call& call);
  void keep(Pointer found);

  const Ask ask_;
  const Now now_;
  std::mutex state_;  // of the members below
  std::condition_variable answered_;
  bool asking_ = false;
  Pointer current_;
  Time renewal_;                // when the current one is no longer fresh
  std::exception_ptr failure_;  // of the latest attempt that came to nothing
  unsigned failures_ = 0;
};

// Whoever waited for another thread's attempt takes its failure too: when nobody answers, each
// would wait in vain in its turn.
template <class T>
typename Refreshed<T>::Pointer Refreshed<T>::get(const sdk::Call& call) {
  std::unique_lock state(state_);
  const unsigned before = failures_;
  while (!is_fresh()) {
    if (failures_ != before) std::rethrow_exception(failure_);
    if (!asking_) return ask(state, call);
    if (is_usable()) return current_;
    wait(state, call);
  }
  return current_;
}

template <class T>
void Refreshed<T>::wait(std::unique_lock<std::mutex>& state, const sdk::Call& call) {
  answered_.wait_until(state, std::chrono::system_clock::now() + std::chrono::milliseconds(50));
  state.unlock();
  call.check();
  state.lock();
}

// A failure after the call's end is that end: perhaps both times ran out at once.
template <class T>
T Refreshed<T>::ask_within(const sdk::Call& call) {
  try {
    return ask_(call);
  } catch (const sdk::Error&) {
    call.check();
    throw;
  }
}

template <class T>
typename Refreshed<T>::Pointer Refreshed<T>::ask(std::unique_lock<std::mutex>& state,
                                                 const sdk::Call& call) {
  const auto stop_asking = [&] {
    if (!state.owns_lock()) state.lock();
    asking_ = false;
    answered_.notify_all();
  };
  asking_ = true;
  state.unlock();
  try {
    auto found = std::make_shared<const T>(ask_within(call));
    stop_asking();
    keep(std::move(found));
  } catch (const sdk::Error& error) {
    stop_asking();
    if (!is_usable()) {
      // A call that is over says nothing about the service.
      const bool own = error.status() == BERTH_STATUS_CANCELLED ||
                       error.status() == BERTH_STATUS_DEADLINE_EXCEEDED;
      if (!own) failure_ = std::current_exception(), ++failures_;
      throw;
    }
    renewal_ = now_() + pause;
  } catch (...) {
    stop_asking();
    throw;
  }
  return current_;
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
