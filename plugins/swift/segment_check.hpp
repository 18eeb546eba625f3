// SPDX-License-Identifier: Apache-2.0
//
// The service looks at each segment before it takes a static manifest. When one is not as it was
// told, the answer is 400 with a list of them, each with a status of its own: of a server that is
// busy, of a token that was taken back meanwhile.
#pragma once

#include "requests.hpp"

namespace berth::swift {

[[nodiscard]] http::Verdict judge_manifest(Requests& requests, Requests::Attempts& attempts,
                                           const http::Response& answer);

// Throws when the answer is such a list.
void check_segments(const http::Response& answer, const std::string& object);

}  // namespace berth::swift
