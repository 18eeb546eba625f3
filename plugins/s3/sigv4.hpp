// SPDX-License-Identifier: Apache-2.0
//
// AWS Signature Version 4, as header and as presigned URL. Path and query are signed as they stand
// in the request, so they must be percent-encoded once and already; S3 signs them unnormalised.
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

// Adds X-Amz-Date, the session token and Authorization. Signs all headers that are there, and Host.
// `payload_hash` is the hex SHA-256 of the body, or unsigned_payload.
void sign_v4(http::Request& request, const Credentials& credentials, const Scope& scope,
             std::string_view payload_hash, Time now);

// Adds the signature to the query; the headers that are there become part of what the user of the
// URL must send.
void presign_v4(http::Request& request, const Credentials& credentials, const Scope& scope,
                std::string_view payload_hash, std::chrono::seconds expires, Time now);

// What is signed; for tests and for messages about a refused signature.
[[nodiscard]] std::string canonical_request(const http::Request& request,
                                            std::string_view payload_hash);
[[nodiscard]] std::string string_to_sign(std::string_view canonical, const Scope& scope, Time now);

}  // namespace berth::s3
