// SPDX-License-Identifier: Apache-2.0
//
// The credentials of one store: asked for once, refreshed before they expire, by one thread at a
// time while the others go on with those that are still good.
#ifndef BERTH_COMMON_CREDENTIALS_PROVIDER_HPP
#define BERTH_COMMON_CREDENTIALS_PROVIDER_HPP

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/credentials.hpp"

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
  [[nodiscard]] std::shared_ptr<const Credentials> get(const sdk::Call& call);

  // The service called these expired: the next get() asks anew. False: they are fixed, so that
  // asking again is of no use. [any]
  bool expire(const std::shared_ptr<const Credentials>& used);

 private:
  [[nodiscard]] bool is_fresh(const Credentials& credentials) const;
  [[nodiscard]] bool is_usable(const Credentials& credentials) const;
  std::shared_ptr<const Credentials> find(const sdk::Call& call);

  const std::vector<std::unique_ptr<CredentialsSource>> sources_;
  const std::function<Time()> now_;
  const std::string keys_;
  std::mutex refresh_;        // held while the sources are asked
  mutable std::mutex state_;  // of the members below
  std::shared_ptr<const Credentials> current_;
  Time fetched_;
};

}  // namespace berth::common

#endif  // BERTH_COMMON_CREDENTIALS_PROVIDER_HPP
