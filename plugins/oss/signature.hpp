// SPDX-License-Identifier: Apache-2.0
//
// The service's two signatures, as header and in URLs. Both sign "/bucket/key", also where the
// bucket is in the host name: version 1 plain, version 4 encoded. Bodies are never signed;
// Content-MD5 is, if the request has it.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "common/credentials.hpp"
#include "common/dates.hpp"
#include "common/http/http.hpp"

namespace berth::oss {

using common::Credentials;
using common::Time;

struct Subject {
  std::string bucket;
  std::string key;     // plain; empty: the bucket
  std::string region;  // "cn-hangzhou"; version 4 only
};

// Each adds the date, the security token and the signature. REQUIRES: the query is encoded.
void sign_v1(http::Request& request, const Credentials& credentials, const Subject& subject,
             Time now);
void sign_v4(http::Request& request, const Credentials& credentials, const Subject& subject,
             Time now);

// Each adds the signature to the query. If the request has Content-Type, Content-MD5 or headers of
// the service, the user of the URL must send them.
void presign_v1(http::Request& request, const Credentials& credentials, const Subject& subject,
                std::chrono::seconds expires, Time now);
void presign_v4(http::Request& request, const Credentials& credentials, const Subject& subject,
                std::chrono::seconds expires, Time now);

// The signed strings; for tests. `date`: the value of the date header, or the time when a URL
// expires. `additional`: names of further headers to sign, in lower case.
[[nodiscard]] std::string string_to_sign_v1(const http::Request& request, const Subject& subject,
                                            std::string_view date);
[[nodiscard]] std::string canonical_request_v4(const http::Request& request, const Subject& subject,
                                               const std::vector<std::string>& additional = {});
[[nodiscard]] std::string signature_v4(const http::Request& request, const Credentials& credentials,
                                       const Subject& subject, Time now,
                                       const std::vector<std::string>& additional = {});

}  // namespace berth::oss
