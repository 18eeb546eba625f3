// SPDX-License-Identifier: Apache-2.0
//
// AWS's security token service: temporary keys for a role, in exchange for a web identity's token
// or for other keys.
#pragma once

#include <string>

#include "common/http/retry.hpp"
#include "common/uri.hpp"
#include "credentials/sources.hpp"

namespace berth::s3 {

struct Role {
  std::string arn;
  std::string session_name;  // empty: "berth"
  std::string external_id;
  std::string duration_seconds;  // empty: the service's default
};

class TokenService {
 public:
  // AWS_ENDPOINT_URL_STS overrides the region's endpoint.
  explicit TokenService(const SourceOptions& options);

  // Neither throws if the service refuses: Found has the reason.
  Found assume_role(const Role& role, const Credentials& by, const sdk::Call& call);
  Found assume_role_with_web_identity(const Role& role, std::string_view token,
                                      const sdk::Call& call);

 private:
  Found ask(const common::Query& query, const Credentials* by, std::string_view element,
            const sdk::Call& call);

  const std::string region_;
  http::Url url_;
  http::Client client_;
  http::Clock clock_;
  http::Retrier retrier_;
};

}  // namespace berth::s3
