// SPDX-License-Identifier: Apache-2.0
//
// The token of one store and where its account is.
#ifndef BERTH_SWIFT_SESSION_HPP
#define BERTH_SWIFT_SESSION_HPP

#include <optional>
#include <string>

#include "common/dates.hpp"
#include "common/http.hpp"
#include "common/refreshed.hpp"

namespace berth::swift {

struct Session {
  std::string token;
  http::Url account;                    // its path without a slash at the end
  std::optional<common::Time> expires;  // by our clock
};

using Sessions = common::Refreshed<Session>;

}  // namespace berth::swift

#endif  // BERTH_SWIFT_SESSION_HPP
