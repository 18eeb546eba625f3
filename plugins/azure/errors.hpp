// SPDX-License-Identifier: Apache-2.0
//
// What the service says when it refuses, and what that means to the host.
#pragma once

#include <berth/driver.hpp>
#include <string>
#include <string_view>

#include "common/service_error.hpp"

namespace berth::azure {

using common::ServiceError;

// The code is known without a body too: HEAD tells it in a header.
[[nodiscard]] ServiceError read_service_error(const http::Response& answer);

// The exception for the host. `doing` completes "cannot ...": "read blob 'a/b'".
[[nodiscard]] sdk::Error error_from(const ServiceError& error, std::string_view doing);
[[nodiscard]] sdk::Error error_from(const http::Response& answer, std::string_view doing);

// Whether and how to repeat, by status and code.
[[nodiscard]] http::Verdict judge(const ServiceError& error);

// Whether what is there stands against it, under the condition of the request or by its type.
[[nodiscard]] bool is_refused(const http::Response& answer);

// Only these say that a blob is not there; a missing container, or a copy source that could not be
// looked at, is something else.
[[nodiscard]] bool is_missing_blob(const ServiceError& error);

}  // namespace berth::azure
