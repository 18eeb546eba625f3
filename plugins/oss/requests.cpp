// SPDX-License-Identifier: Apache-2.0
//
// Each attempt is signed when it is sent. An expired token is replaced once.
#include "requests.hpp"

#include <mutex>
#include <vector>

#include "common/crypto.hpp"
#include "errors.hpp"
#include "instance_role.hpp"

namespace berth::oss {
namespace {

using bucket::Operation;
using common::ServiceError;

common::CredentialsProvider provider_of(const Settings& settings) {
  if (settings.role.empty())
    return common::CredentialsProvider(
        Credentials{settings.key_id, settings.key_secret, settings.token, {}});
  std::vector<std::unique_ptr<common::CredentialsSource>> sources;
  sources.push_back(instance_role(settings.role));
  return common::CredentialsProvider(
      std::move(sources), [] { return std::chrono::system_clock::now(); },
      "accesskeyid and accesskeysecret");
}

bucket::Dialect dialect_of(const Settings& settings) {
  bucket::Dialect dialect;
  dialect.prefix = "x-oss-";
  if (!settings.v4) dialect.longest_signature.reset();
  dialect.makes_etags_of_digests = settings.encryption_key.empty();
  // The service's quiet answer has no document, so a truncated one could not be recognised.
  dialect.deletes_quietly = false;
  dialect.page_size = 1'000;  // the service's default is 100
  dialect.allows_leading_slash = false;
  return dialect;
}

}  // namespace

class Requests::SignedAttempts final : public bucket::Attempts {
 public:
  SignedAttempts(Requests& requests, Operation operation)
      : requests_(requests), operation_(std::move(operation)) {}

  http::Request make(const http::Headers& more, const sdk::Call* call) override {
    const auto credentials = requests_.credentials_.for_attempt(call);
    {
      const std::lock_guard lock(mutex_);
      credentials_ = credentials;
    }
    http::Request request;
    request.method = operation_.method;
    request.url = requests_.endpoint_.url(operation_.key, operation_.query);
    request.headers = operation_.headers;
    for (const http::Header& header : more) request.headers.add(header.name, header.value);
    // Otherwise the answer to a range after the end is the whole object.
    if (request.headers.has("Range")) request.headers.add("x-oss-range-behavior", "standard");
    request.body = operation_.body;
    request.first_byte_timeout = operation_.first_byte_timeout;
    requests_.sign(request, *credentials, operation_.key);
    return request;
  }

  http::Verdict judge(const http::Response& /*answer*/, const ServiceError& error) override {
    if (is_expired_token(error)) {
      const std::lock_guard lock(mutex_);
      if (requests_.credentials_.expire(credentials_)) return http::Verdict::again;
    }
    return requests_.judge(error);
  }

 private:
  Requests& requests_;
  const Operation operation_;
  std::mutex mutex_;                                // guards credentials_
  std::shared_ptr<const Credentials> credentials_;  // of the latest attempt
};

Requests::Requests(Settings settings, http::Clock& clock)
    : bucket::Requests(dialect_of(settings)),
      settings_(std::move(settings)),
      clock_(clock),
      endpoint_(settings_),
      credentials_(provider_of(settings_)) {}

std::shared_ptr<bucket::Attempts> Requests::begin(Operation operation, const sdk::Call& call) {
  renew_credentials(call);
  return std::make_shared<SignedAttempts>(*this, std::move(operation));
}

ServiceError Requests::read_error(const http::Response& answer) const {
  return common::read_service_error(answer, "x-oss-request-id");
}

http::Verdict Requests::judge(const ServiceError& error) const {
  return verdict_of(error);
}

sdk::Error Requests::error_from(const ServiceError& error, std::string_view doing) const {
  return oss::error_from(error, doing);
}

bool Requests::is_existing(const ServiceError& error) const {
  return error.status == 409 && error.code == "FileAlreadyExists";
}

void Requests::add_condition(http::Headers& headers) const {
  headers.add("x-oss-forbid-overwrite", "true");
}

void Requests::add_encryption(http::Headers& headers) const {
  if (!settings_.encryption_key.empty()) {
    headers.add("x-oss-server-side-encryption", "KMS");
    headers.add("x-oss-server-side-encryption-key-id", settings_.encryption_key);
  } else if (settings_.encrypt) {
    headers.add("x-oss-server-side-encryption", "AES256");
  }
}

// Bodies are not part of the signatures; this is what guards them.
void Requests::add_checksum(http::Headers& headers, std::string_view bytes) const {
  headers.add("Content-MD5", common::base64(common::md5(bytes)));
}

Subject Requests::subject(std::string_view key) const {
  return {settings_.bucket.name, std::string(key), settings_.region.substr(4)};
}

void Requests::sign(http::Request& request, const Credentials& credentials,
                    std::string_view key) const {
  if (settings_.v4)
    sign_v4(request, credentials, subject(key), clock_.now());
  else
    sign_v1(request, credentials, subject(key), clock_.now());
}

std::string Requests::presign(std::string_view method, std::string_view key,
                              std::chrono::milliseconds expires, const sdk::Call& call) {
  const auto credentials = credentials_.get(call);
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(expires);
  http::Request request;
  request.method = method;
  request.url = endpoint_.public_url(key);
  if (settings_.v4)
    presign_v4(request, *credentials, subject(key), seconds, clock_.now());
  else
    presign_v1(request, *credentials, subject(key), seconds, clock_.now());
  return request.url.text();
}

}  // namespace berth::oss
