// SPDX-License-Identifier: Apache-2.0
//
// The credentials of one store: asked for once, refreshed before they expire, by one thread at a
// time while the others go on with those that are still good.
#ifndef BERTH_S3_PROVIDER_HPP
#define BERTH_S3_PROVIDER_HPP

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "credentials/credentials.hpp"

namespace berth::s3 {

class CredentialsProvider {
 public:
  explicit CredentialsProvider(Credentials fixed);
  explicit CredentialsProvider(
      std::vector<std::unique_ptr<CredentialsSource>> sources,
      std::function<common::Time()> now = [] { return std::chrono::system_clock::now(); });

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
  const std::function<common::Time()> now_;
  std::mutex refresh_;        // held while the sources are asked
  mutable std::mutex state_;  // of the members below
  std::shared_ptr<const Credentials> current_;
  common::Time fetched_;
};

}  // namespace berth::s3

#endif  // BERTH_S3_PROVIDER_HPP
