// SPDX-License-Identifier: Apache-2.0
//
// The token of one store and where its account is.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "common/dates.hpp"
#include "common/http/http.hpp"
#include "common/refreshed.hpp"

namespace berth::swift {

struct Session {
  std::string token;
  http::Url account;                    // its path without a slash at the end
  std::optional<common::Time> expires;  // by our clock

  // Whether the service has taken the token before: one that it refuses later was taken back.
  std::shared_ptr<std::atomic<bool>> worked = std::make_shared<std::atomic<bool>>(false);
};

using Sessions = common::Refreshed<Session>;

}  // namespace berth::swift
