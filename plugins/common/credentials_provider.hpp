// SPDX-License-Identifier: Apache-2.0
//
// The credentials of one store, from the first of several places that has some; kept fresh.
#ifndef BERTH_COMMON_CREDENTIALS_PROVIDER_HPP
#define BERTH_COMMON_CREDENTIALS_PROVIDER_HPP

#include <functional>
#include <memory>
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

  // Throws UNAUTHENTICATED with the list of what was tried. [any]
  [[nodiscard]] std::shared_ptr<const Credentials> get(const sdk::Call& call) {
    return credentials_.get(call);
  }

  // For requests that the engine's thread will sign: called before by the thread that makes them,
  // so that ready() finds some. Without a call it waits half a minute at the most. [any]
  void prepare(const sdk::Call* call);

  // For the engine's thread, on which all transfers wait: what is good, though it may be due. Asks
  // only when nothing is. [any]
  [[nodiscard]] std::shared_ptr<const Credentials> ready();

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
