// SPDX-License-Identifier: Apache-2.0
//
// The error codes of OSS, and their status, verdict and message for the host.
#pragma once

#include <string_view>

#include "common/service_error.hpp"

namespace berth::oss {

// The exception for the host. `doing` completes "cannot ...": "read 'a/b'".
[[nodiscard]] sdk::Error error_from(const common::ServiceError& error, std::string_view doing);

// Whether to repeat the request, by status and code.
[[nodiscard]] http::Verdict verdict_of(const common::ServiceError& error);

[[nodiscard]] bool is_expired_token(const common::ServiceError& error);

}  // namespace berth::oss
