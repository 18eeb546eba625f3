// SPDX-License-Identifier: Apache-2.0
//
// The service's error codes, and their status, verdict and message for the host.
#pragma once

#include <berth/driver.hpp>
#include <string>
#include <string_view>

#include "common/service_error.hpp"

namespace berth::s3 {

using common::ServiceError;

[[nodiscard]] ServiceError read_service_error(const http::Response& answer);

// The exception for the host. `doing` completes "cannot ...": "read key 'a/b'".
[[nodiscard]] sdk::Error error_from(const ServiceError& error, std::string_view doing);
[[nodiscard]] sdk::Error error_from(const http::Response& answer, std::string_view doing);

// Whether to repeat the request, by status and code.
[[nodiscard]] http::Verdict judge(const ServiceError& error);

[[nodiscard]] bool is_expired_token(const ServiceError& error);
[[nodiscard]] bool is_wrong_region(const ServiceError& error);

}  // namespace berth::s3
