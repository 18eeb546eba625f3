// SPDX-License-Identifier: Apache-2.0
//
// The credentials of one store, from the first of several places that has some; kept fresh.
#ifndef BERTH_COMMON_CREDENTIALS_PROVIDER_HPP
#define BERTH_COMMON_CREDENTIALS_PROVIDER_HPP

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/credentials.hpp"
#include "common/refreshed.hpp"

namespace berth::common {

class CredentialsProvider {
 public:
  explicit CredentialsProvider(Credentials fixed);

  // `keys` are the parameters that could be given instead, for the message.
  explicit CredentialsProvider(
      std::vector<std::unique_ptr<CredentialsSource>> sources,
      std::function<Time()> now = [] { return std::chrono::system_clock::now(); },
      std::string keys = "accesskey and secretkey");

  // Throws UNAUTHENTICATED with the list of what was tried, or with the one place that is wrong;
  // UNAVAILABLE, retryable, when a place does not answer now. [any]
  [[nodiscard]] std::shared_ptr<const Credentials> get(const sdk::Call& call) {
    return credentials_.get(call);
  }

  // See Refreshed. [any]
  [[nodiscard]] std::shared_ptr<const Credentials> for_attempt(const sdk::Call* call) {
    return credentials_.for_attempt(call);
  }

  // The service called these expired: the next get() asks anew. False: they are fixed, so that
  // asking again is of no use. [any]
  bool expire(const std::shared_ptr<const Credentials>& used);

 private:
  [[nodiscard]] Credentials find(const sdk::Call& call);

  const std::vector<std::unique_ptr<CredentialsSource>> sources_;
  const std::string keys_;
  Refreshed<Credentials> credentials_;
};

}  // namespace berth::common

#endif  // BERTH_COMMON_CREDENTIALS_PROVIDER_HPP
