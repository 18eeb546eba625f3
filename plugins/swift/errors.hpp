// SPDX-License-Identifier: Apache-2.0
//
// What the service says when it refuses, and what that means to the host. Swift's bodies are HTML
// for people; the status is all there is.
#pragma once

#include <berth/driver.hpp>
#include <string>
#include <string_view>

#include "common/http/http.hpp"
#include "common/http/retry.hpp"

namespace berth::swift {

// The exception for the host. `doing` completes "cannot ...": "read 'a/b'".
[[nodiscard]] sdk::Error error_from(const http::Response& answer, std::string_view doing);

// As http::judge_status; Swift has a number of its own for too many requests.
[[nodiscard]] http::Verdict verdict_of(const http::Response& answer) noexcept;

[[nodiscard]] std::string request_id(const http::Response& answer);

}  // namespace berth::swift
