// SPDX-License-Identifier: Apache-2.0
//
// Requests to S3: addresses, signatures, headers and errors. An attempt is repeated once with a new
// token, in another region or at the target of a redirect; data is sent to no other host.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "bucket/requests.hpp"
#include "credentials/credentials.hpp"
#include "endpoint.hpp"
#include "errors.hpp"
#include "settings.hpp"

namespace berth::s3 {

class Requests final : public bucket::Requests {
 public:
  Requests(Settings settings, http::Clock& clock);  // the clock is borrowed

  std::shared_ptr<bucket::Attempts> begin(bucket::Operation operation,
                                          const sdk::Call& call) override;
  void renew_credentials(const sdk::Call& call) override { (void)credentials_.get(call); }
  ServiceError read_error(const http::Response& answer) const override;
  http::Verdict judge(const ServiceError& error) const override;
  sdk::Error error_from(const ServiceError& error, std::string_view doing) const override;
  bool is_existing(const ServiceError& error) const override;

  void add_condition(http::Headers& headers) const override;
  void add_encryption(http::Headers& headers) const override;
  void add_traits(http::Headers& headers) const override;
  void add_upload_traits(http::Headers& headers) const override;
  void add_checksum(http::Headers& headers, std::string_view bytes) const override;
  std::string checksum_of(const http::Headers& request) const override;

  // The process of Ceph's gateway aborts when the source of a part has a name like "50%" (16.2.15).
  bool copies_parts_of(std::string_view key) const noexcept override {
    return !settings_.endpoint || key.find('%') == key.npos;
  }

  std::string presign(std::string_view method, std::string_view key,
                      std::chrono::milliseconds expires, const sdk::Call& call) override;

 private:
  class SignedAttempts;

  bool redirect(SignedAttempts& attempts, const ServiceError& error, const http::Response& answer);
  void sign(http::Request& request, const Credentials& credentials, const Endpoint& endpoint,
            const std::string& payload_hash) const;
  [[nodiscard]] bool signs_payload(const Endpoint& endpoint) const noexcept;
  void log(const http::Request& request) const;
  void add_customer_key(bucket::Operation& operation) const;

  [[nodiscard]] std::shared_ptr<const Endpoint> endpoint() const;
  void move_to_region(const std::string& region);

  const Settings settings_;
  http::Clock& clock_;
  CredentialsProvider credentials_;
  mutable std::mutex mutex_;  // guards endpoint_
  std::shared_ptr<const Endpoint> endpoint_;
};

}  // namespace berth::s3
