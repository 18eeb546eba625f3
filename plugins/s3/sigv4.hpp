// SPDX-License-Identifier: Apache-2.0
//
// AWS Signature Version 4, as header and in presigned URLs. REQUIRES: path and query are
// percent-encoded, once; they are signed unchanged, as S3 does not normalise them.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/dates.hpp"
#include "common/http/http.hpp"
#include "credentials/credentials.hpp"

namespace berth::s3 {

using common::Time;

inline constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";

struct Scope {
  std::string region;
  std::string service = "s3";
};

// Adds X-Amz-Date, the session token and Authorization. Signs all headers of the request, and Host.
// `payload_hash` is the hex SHA-256 of the body, or unsigned_payload.
void sign_v4(http::Request& request, const Credentials& credentials, const Scope& scope,
             std::string_view payload_hash, Time now);

// Adds the signature to the query. The user of the URL must send the headers that the request has.
void presign_v4(http::Request& request, const Credentials& credentials, const Scope& scope,
                std::string_view payload_hash, std::chrono::seconds expires, Time now);

// The signed strings; for tests.
[[nodiscard]] std::string canonical_request(const http::Request& request,
                                            std::string_view payload_hash);
[[nodiscard]] std::string string_to_sign(std::string_view canonical, const Scope& scope, Time now);

}  // namespace berth::s3
