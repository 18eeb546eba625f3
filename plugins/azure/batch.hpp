// SPDX-License-Identifier: Apache-2.0
//
// The service's batches: requests in the body of a request, as multipart/mixed, and their answers
// in its answer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/http/http.hpp"

namespace berth::azure {

inline constexpr size_t most_batch_parts = 256;
inline constexpr const char* batch_content_type = "multipart/mixed; boundary=berth-batch";

// The body. The parts have neither bodies nor a version; they are signed already.
[[nodiscard]] std::string batch_document(const std::vector<http::Request>& parts);

// The answer to each of `count` parts, in their order; nullopt where there is none, as when the
// service refuses the batch by a part of its own.
[[nodiscard]] std::vector<std::optional<http::Response>> read_batch(const http::Response& answer,
                                                                    size_t count);

}  // namespace berth::azure
