// SPDX-License-Identifier: Apache-2.0
//
// Shared access signatures of one blob: the query that lets whoever holds the URL read or write it.
#pragma once

#include <string>
#include <string_view>

#include "common/dates.hpp"

namespace berth::azure {

// A key that the service hands out to who has a token, to sign with in the account key's place.
struct DelegationKey {
  std::string oid, tid, start, expiry, service, version;
  std::string value;  // raw
  common::Time expires;
};

struct Grant {
  std::string account, container, blob;  // plain, nothing encoded
  std::string permissions;               // "r", "cw"
  common::Time expires;
  bool https_only = true;
};

// The query, encoded: '+', '/' and '=' of the signature must not stand in it as they are.
[[nodiscard]] std::string blob_sas(const Grant& grant, std::string_view account_key);
[[nodiscard]] std::string blob_sas(const Grant& grant, const DelegationKey& key);

}  // namespace berth::azure
