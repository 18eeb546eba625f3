// SPDX-License-Identifier: Apache-2.0
//
// URLs that carry their own permission, signed with the account's key or, where there is only a
// token, with a key that the service hands out for it.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "container.hpp"
#include "sas.hpp"

namespace berth::azure {

class SignedUrls {
 public:
  explicit SignedUrls(Container& container) : container_(container) {}

  // For GET, HEAD or PUT, at most 167 hours. [any]
  [[nodiscard]] std::string sign(std::string_view method, const std::string& blob,
                                 std::chrono::milliseconds expires, const sdk::Call& call);

 private:
  [[nodiscard]] std::shared_ptr<const DelegationKey> delegation_key(common::Time until,
                                                                    const sdk::Call& call);

  Container& container_;
  std::mutex mutex_;  // of key_
  std::shared_ptr<const DelegationKey> key_;
};

}  // namespace berth::azure
