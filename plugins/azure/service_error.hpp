// SPDX-License-Identifier: Apache-2.0
//
// What the service says when it refuses, and what that means to the host.
#ifndef BERTH_AZURE_SERVICE_ERROR_HPP
#define BERTH_AZURE_SERVICE_ERROR_HPP

#include <berth/driver.hpp>
#include <string>
#include <string_view>

#include "common/http.hpp"
#include "common/retry.hpp"

namespace berth::azure {

struct ServiceError {
  int status = 0;
  std::string code;  // also known without a body: HEAD tells it in a header
  std::string message;
  std::string request_id;
};

[[nodiscard]] ServiceError read_service_error(const http::Response& answer);

// The exception for the host. `doing` completes "cannot ...": "read blob 'a/b'".
[[nodiscard]] sdk::Error error_from(const ServiceError& error, std::string_view doing);
[[nodiscard]] sdk::Error error_from(const http::Response& answer, std::string_view doing);

// Whether and how to repeat, by status and code.
[[nodiscard]] http::Verdict judge(const ServiceError& error);

// Only these say that a blob is not there; a missing container, or a copy source that could not be
// looked at, is something else.
[[nodiscard]] bool is_missing_blob(const ServiceError& error);

}  // namespace berth::azure

#endif  // BERTH_AZURE_SERVICE_ERROR_HPP
