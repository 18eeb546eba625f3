// SPDX-License-Identifier: Apache-2.0
//
// Keys that sign requests, and the places they come from.
#ifndef BERTH_COMMON_CREDENTIALS_HPP
#define BERTH_COMMON_CREDENTIALS_HPP

#include <berth/driver.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/dates.hpp"

namespace berth::common {

struct Credentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token;    // empty: long-lived keys; with empty keys, a bearer token
  std::optional<Time> expires;  // nullopt: never

  [[nodiscard]] bool empty() const noexcept { return access_key.empty() || secret_key.empty(); }
};

// What one place answered. The reason is a clause for the list of what was tried:
// "AWS_ACCESS_KEY_ID is not set".
struct Found {
  std::optional<Credentials> credentials;
  std::string reason;

  // It is the place to ask, and did not answer now, or what it was given there is wrong: no other
  // place is asked.
  bool failed = false;
  bool refused = false;
};

// What a place answered that was told by the configuration to give credentials: nobody who was told
// to be somebody is to become somebody else.
[[nodiscard]] inline Found refused_unless_given(Found found) {
  found.refused = !found.credentials && !found.failed;
  return found;
}

// A place that may know credentials. find() asks it anew each time, and throws only when the call
// itself is over. One call at a time.
class CredentialsSource {
 public:
  virtual ~CredentialsSource() = default;
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;  // "the environment"
  virtual Found find(const sdk::Call& call) = 0;
};

}  // namespace berth::common

#endif  // BERTH_COMMON_CREDENTIALS_HPP
