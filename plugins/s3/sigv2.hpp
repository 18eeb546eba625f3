// SPDX-License-Identifier: Apache-2.0
//
// AWS Signature Version 2 (HMAC-SHA1), for services that support no newer one: `v4auth: false`.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/dates.hpp"
#include "common/http/http.hpp"
#include "credentials/credentials.hpp"

namespace berth::s3 {

// Adds Date, the session token and Authorization. `virtual_bucket`: the bucket if it is part of the
// host name, empty if it is part of the path.
void sign_v2(http::Request& request, const Credentials& credentials,
             std::string_view virtual_bucket, common::Time now);

// Adds the signature to the query.
void presign_v2(http::Request& request, const Credentials& credentials,
                std::string_view virtual_bucket, std::chrono::seconds expires, common::Time now);

}  // namespace berth::s3
