// SPDX-License-Identifier: Apache-2.0
//
// The token of one store and where its account is: asked for once, renewed before it expires or
// when the service refuses it, by one thread at a time.
#ifndef BERTH_SWIFT_SESSION_HPP
#define BERTH_SWIFT_SESSION_HPP

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "common/dates.hpp"
#include "common/http.hpp"

namespace berth::swift {

struct Session {
  std::string token;
  http::Url account;                    // its path without a slash at the end
  std::optional<common::Time> expires;  // by our clock
};

class SessionKeeper {
 public:
  using LogIn = std::function<Session(const sdk::Call&)>;  // throws what went wrong

  explicit SessionKeeper(
      LogIn log_in,
      std::function<common::Time()> now = [] { return std::chrono::system_clock::now(); })
      : log_in_(std::move(log_in)), now_(std::move(now)) {}

  [[nodiscard]] std::shared_ptr<const Session> get(const sdk::Call& call);  // [any]

  // The service refused it: the next get() asks anew, unless another thread has done so. [any]
  void expire(const std::shared_ptr<const Session>& used);

 private:
  [[nodiscard]] bool is_fresh(const Session& session) const;
  [[nodiscard]] bool is_usable(const Session& session) const;

  const LogIn log_in_;
  const std::function<common::Time()> now_;
  std::mutex refresh_;  // held while the service is asked
  std::mutex state_;    // of the members below
  std::shared_ptr<const Session> current_;
  common::Time fetched_;
};

}  // namespace berth::swift

#endif  // BERTH_SWIFT_SESSION_HPP
