// SPDX-License-Identifier: Apache-2.0
//
// Requests to OSS: addresses, signatures, headers and errors.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "bucket/requests.hpp"
#include "common/credentials_provider.hpp"
#include "endpoint.hpp"
#include "settings.hpp"
#include "signature.hpp"

namespace berth::oss {

class Requests final : public bucket::Requests {
 public:
  Requests(Settings settings, http::Clock& clock);  // the clock is borrowed

  std::shared_ptr<bucket::Attempts> begin(bucket::Operation operation,
                                          const sdk::Call& call) override;
  void renew_credentials(const sdk::Call& call) override { (void)credentials_.get(call); }
  common::ServiceError read_error(const http::Response& answer) const override;
  http::Verdict judge(const common::ServiceError& error) const override;
  sdk::Error error_from(const common::ServiceError& error, std::string_view doing) const override;
  bool is_existing(const common::ServiceError& error) const override;

  void add_condition(http::Headers& headers) const override;
  void add_encryption(http::Headers& headers) const override;
  void add_checksum(http::Headers& headers, std::string_view bytes) const override;

  std::string presign(std::string_view method, std::string_view key,
                      std::chrono::milliseconds expires, const sdk::Call& call) override;

 private:
  class SignedAttempts;

  [[nodiscard]] Subject subject(std::string_view key) const;
  void sign(http::Request& request, const Credentials& credentials, std::string_view key) const;

  const Settings settings_;
  http::Clock& clock_;
  const Endpoint endpoint_;
  common::CredentialsProvider credentials_;
};

}  // namespace berth::oss
