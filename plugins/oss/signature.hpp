// SPDX-License-Identifier: Apache-2.0
//
// The service's two signatures, as header and in URLs. Both sign "/bucket/key" wherever the bucket
// stands in the request: version 1 plain, version 4 encoded. Bodies are never signed; Content-MD5
// is, where it is sent.
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

// Each adds the date, the security token and the signature. The query must be encoded already.
void sign_v1(http::Request& request, const Credentials& credentials, const Subject& subject,
             Time now);
void sign_v4(http::Request& request, const Credentials& credentials, const Subject& subject,
             Time now);

// Each adds the signature to the query. Of the headers that are there, Content-Type, Content-MD5
// and those of the service become part of what the user of the URL must send.
void presign_v1(http::Request& request, const Credentials& credentials, const Subject& subject,
                std::chrono::seconds expires, Time now);
void presign_v4(http::Request& request, const Credentials& credentials, const Subject& subject,
                std::chrono::seconds expires, Time now);

// What is signed; for tests and for messages about a refused signature. `date` is the text of the
// date header, or when a URL expires. `additional` names more headers to sign, lower case.
[[nodiscard]] std::string string_to_sign_v1(const http::Request& request, const Subject& subject,
                                            std::string_view date);
[[nodiscard]] std::string canonical_request_v4(const http::Request& request, const Subject& subject,
                                               const std::vector<std::string>& additional = {});
[[nodiscard]] std::string signature_v4(const http::Request& request, const Credentials& credentials,
                                       const Subject& subject, Time now,
                                       const std::vector<std::string>& additional = {});

}  // namespace berth::oss
