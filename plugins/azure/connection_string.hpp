// SPDX-License-Identifier: Apache-2.0
//
// The service's connection strings: "AccountName=a;AccountKey=k==;EndpointSuffix=...".
#pragma once

#include <string>
#include <string_view>

namespace berth::azure {

// All empty where the text does not tell.
struct ConnectionString {
  std::string account, key, sas;
  std::string endpoint;  // URL of the blob service
};

// Throws INVALID_PARAMETERS, without showing the text, when it is none.
[[nodiscard]] ConnectionString parse_connection_string(std::string_view text);

}  // namespace berth::azure
