// SPDX-License-Identifier: Apache-2.0
//
// The service checks each segment before it accepts a static manifest. If one does not match, the
// answer is HTTP 400 with a list of segments and a status for each, such as that of a busy server
// or of a token that was revoked meanwhile.
#pragma once

#include "requests.hpp"

namespace berth::swift {

[[nodiscard]] http::Verdict judge_manifest(Requests& requests, Requests::Attempts& attempts,
                                           const http::Response& answer);

// Throws when the answer is such a list.
void check_segments(const http::Response& answer, const std::string& object);

}  // namespace berth::swift
