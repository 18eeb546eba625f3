// SPDX-License-Identifier: Apache-2.0
//
// Logging in: version 1 (tempauth, radosgw), and Keystone's versions 2 and 3.
#pragma once

#include <string>
#include <string_view>

#include "common/http/retry.hpp"
#include "session.hpp"
#include "settings.hpp"

namespace berth::swift {

// Throws UNAUTHENTICATED with what to check, or what the connection came to.
[[nodiscard]] Session log_in(const Identity& who, http::Retrier& retrier, const sdk::Call& call);

// The documents, apart for tests.
[[nodiscard]] std::string login_document(const Identity& who);
[[nodiscard]] Session read_login(const Identity& who, const http::Response& answer);

}  // namespace berth::swift
