// SPDX-License-Identifier: Apache-2.0
//
// A body is hashed once, in the caller's thread; each attempt is signed when it is sent.
#include "requests.hpp"

#include <algorithm>

#include "common/crypto.hpp"
#include "credentials/sources.hpp"
#include "sigv2.hpp"
#include "sigv4.hpp"

namespace berth::s3 {
namespace {

using bucket::Operation;
using http::Verdict;

CredentialsProvider provider_of(const Settings& settings) {
  if (!settings.access_key.empty())
    return CredentialsProvider(
        Credentials{settings.access_key, settings.secret_key, settings.session_token, {}});
  SourceOptions options;
  options.profile = settings.profile;
  options.region = settings.region;
  options.proxy = settings.client.proxy;
  options.cafile = settings.client.cafile;
  options.skipverify = settings.client.skipverify;
  return CredentialsProvider(default_sources(options));
}

const char* checksum_element(Checksum checksum) noexcept {
  if (checksum == Checksum::crc32c) return "ChecksumCRC32C";
  return checksum == Checksum::sha256 ? "ChecksumSHA256" : nullptr;
}

bucket::Dialect dialect_of(const Settings& settings) {
  bucket::Dialect dialect;
  dialect.prefix = "x-amz-";
  // With a customer's key, a signed URL would work only if the request sent the key as a header.
  dialect.gives_urls = settings.customer_key.empty();
  dialect.checksum_element = checksum_element(settings.checksum);
  dialect.makes_etags_of_digests = settings.customer_key.empty() && settings.key_id.empty();
  dialect.name_space = "http://s3.amazonaws.com/doc/2006-03-01/";
  dialect.encodes_uploads = false;  // Ceph encodes, but its answer does not say so
  dialect.lists_with_marker = true;
  dialect.deletes_conditionally = true;
  return dialect;
}

// Data is sent to another host only within Amazon's domains, and never from https to http.
bool may_redirect(const http::Url& from, const http::Url& to) {
  if (from.tls() && !to.tls()) return false;
  if (from.host == to.host) return true;
  for (const std::string_view domain : {".amazonaws.com", ".amazonaws.com.cn"})
    if (from.host.ends_with(domain) && to.host.ends_with(domain)) return true;
  return false;
}

// Not for listings and deletions; for listing and completing uploads only where the parts have
// checksums, which Amazon encrypts as well.
bool wants_customer_key(const Operation& operation, bool has_checksums) {
  if (operation.key.empty() || operation.method == "DELETE") return false;
  const auto asks = [&](std::string_view name) {
    return std::any_of(operation.query.begin(), operation.query.end(),
                       [&](const auto& pair) { return pair.first == name; });
  };
  if (has_checksums) return true;
  if (operation.method == "POST") return asks("uploads");
  return !asks("uploadId") || asks("partNumber");
}

}  // namespace

class Requests::SignedAttempts final : public bucket::Attempts {
 public:
  SignedAttempts(Requests& requests, Operation operation, std::string hash)
      : requests_(requests), operation_(std::move(operation)), payload_hash_(std::move(hash)) {}

  http::Request make(const http::Headers& more, const sdk::Call* call) override;
  Verdict judge(const http::Response& answer, const ServiceError& error) override;

 private:
  friend class Requests;

  Requests& requests_;
  const Operation operation_;
  const std::string payload_hash_;

  std::mutex mutex_;                                // guards the members below
  std::shared_ptr<const Credentials> credentials_;  // of the latest attempt
  std::shared_ptr<const Endpoint> endpoint_;        // of the latest attempt
  std::shared_ptr<const Endpoint> elsewhere_;       // target of a redirect
};

Requests::Requests(Settings settings, http::Clock& clock)
    : bucket::Requests(dialect_of(settings)),
      settings_(std::move(settings)),
      clock_(clock),
      credentials_(provider_of(settings_)),
      endpoint_(std::make_shared<const Endpoint>(settings_)) {}

// Hashes in the caller's thread, so that the engine's thread is free for transfers.
std::shared_ptr<bucket::Attempts> Requests::begin(Operation operation, const sdk::Call& call) {
  if (!settings_.customer_key.empty()) add_customer_key(operation);
  std::string hash = signs_payload(*endpoint()) ? common::hex(common::sha256(operation.body))
                                                : std::string(unsigned_payload);
  renew_credentials(call);
  return std::make_shared<SignedAttempts>(*this, std::move(operation), std::move(hash));
}

http::Request Requests::SignedAttempts::make(const http::Headers& more, const sdk::Call* call) {
  const auto credentials = requests_.credentials_.for_attempt(call);
  const std::lock_guard lock(mutex_);
  credentials_ = credentials;
  endpoint_ = elsewhere_ ? elsewhere_ : requests_.endpoint();
  http::Request request;
  request.method = operation_.method;
  request.url = endpoint_->url(operation_.key, operation_.query);
  request.headers = operation_.headers;
  for (const http::Header& header : more) request.headers.add(header.name, header.value);
  request.body = operation_.body;
  request.first_byte_timeout = operation_.first_byte_timeout;
  requests_.sign(request, *credentials, *endpoint_, payload_hash_);
  if (requests_.settings_.log_requests) requests_.log(request);
  return request;
}

bool Requests::signs_payload(const Endpoint& endpoint) const noexcept {
  if (!settings_.v4auth) return false;
  if (settings_.payload_signing == PayloadSigning::automatic) return !endpoint.base().tls();
  return settings_.payload_signing == PayloadSigning::always;
}

void Requests::sign(http::Request& request, const Credentials& credentials,
                    const Endpoint& endpoint, const std::string& payload_hash) const {
  if (!settings_.v4auth) {
    sign_v2(request, credentials, endpoint.virtual_bucket(), clock_.now());
    return;
  }
  request.headers.set("X-Amz-Content-Sha256", payload_hash);
  sign_v4(request, credentials, {endpoint.region(), "s3"}, payload_hash, clock_.now());
}

void Requests::log(const http::Request& request) const {
  if (sdk::log_enabled(BERTH_LOG_DEBUG))
    sdk::log(BERTH_LOG_DEBUG, request.method + ' ' + request.url.place());
}

Verdict Requests::SignedAttempts::judge(const http::Response& answer, const ServiceError& error) {
  const std::lock_guard lock(mutex_);
  if (is_expired_token(error) && requests_.credentials_.expire(credentials_)) return Verdict::again;
  if (requests_.redirect(*this, error, answer)) return Verdict::again;
  return s3::judge(error);
}

bool Requests::redirect(SignedAttempts& attempts, const ServiceError& error,
                        const http::Response& answer) {
  const Endpoint& used = *attempts.endpoint_;
  if (attempts.elsewhere_) return false;
  if (is_wrong_region(error) && is_region(error.region) && error.region != used.region()) {
    move_to_region(error.region);
    return true;
  }
  const auto location = answer.headers.find("Location");
  if ((error.status != 301 && error.status != 307) || !location) return false;
  try {
    http::Url place = http::Url::parse(*location, "Location");
    const std::string bucket = std::string(used.virtual_bucket()) + '.';
    if (!used.is_path_style() && place.host.compare(0, bucket.size(), bucket) == 0)
      place.host.erase(0, bucket.size());
    place.path = used.base().path;
    place.query.clear();
    if (!may_redirect(used.base(), place)) return false;
    attempts.elsewhere_ = std::make_shared<const Endpoint>(used.at(place));
    return true;
  } catch (const sdk::Error&) {  // not a URL: the redirect stays an error
    return false;
  }
}

ServiceError Requests::read_error(const http::Response& answer) const {
  return read_service_error(answer);
}

Verdict Requests::judge(const ServiceError& error) const {
  return s3::judge(error);
}

sdk::Error Requests::error_from(const ServiceError& error, std::string_view doing) const {
  return s3::error_from(error, doing);
}

bool Requests::is_existing(const ServiceError& error) const {
  return error.status == 412;
}

void Requests::add_condition(http::Headers& headers) const {
  headers.add("If-None-Match", "*");
}

// The service's defaults are not sent: buckets with ACLs disabled refuse the header.
void Requests::add_traits(http::Headers& headers) const {
  if (settings_.acl != "private") headers.add("x-amz-acl", settings_.acl);
  if (!settings_.storage_class.empty() && settings_.storage_class != "STANDARD")
    headers.add("x-amz-storage-class", settings_.storage_class);
}

void Requests::add_encryption(http::Headers& headers) const {
  if (!settings_.key_id.empty()) {
    headers.add("x-amz-server-side-encryption", "aws:kms");
    headers.add("x-amz-server-side-encryption-aws-kms-key-id", settings_.key_id);
  } else if (settings_.encrypt) {
    headers.add("x-amz-server-side-encryption", "AES256");
  }
}

void Requests::add_customer_key(Operation& operation) const {
  if (!wants_customer_key(operation, dialect().checksum_element != nullptr)) return;
  const auto add = [&](const std::string& prefix) {
    const std::string name = prefix + "server-side-encryption-customer-";
    operation.headers.add(name + "algorithm", "AES256");
    operation.headers.add(name + "key", common::base64(settings_.customer_key));
    operation.headers.add(name + "key-MD5", common::base64(common::md5(settings_.customer_key)));
  };
  add("x-amz-");
  if (operation.headers.has("x-amz-copy-source")) add("x-amz-copy-source-");
}

void Requests::add_upload_traits(http::Headers& headers) const {
  if (settings_.checksum == Checksum::crc32c) headers.add("x-amz-checksum-algorithm", "CRC32C");
  if (settings_.checksum == Checksum::sha256) headers.add("x-amz-checksum-algorithm", "SHA256");
}

void Requests::add_checksum(http::Headers& headers, std::string_view bytes) const {
  switch (settings_.checksum) {
    case Checksum::none:
      break;
    case Checksum::md5:
      headers.add("Content-MD5", common::base64(common::md5(bytes)));
      break;
    case Checksum::crc32c:
      headers.add("x-amz-checksum-crc32c",
                  common::base64(common::crc32c_bytes(common::crc32c(bytes))));
      break;
    case Checksum::sha256:
      headers.add("x-amz-checksum-sha256", common::base64(common::sha256(bytes)));
      break;
  }
}

std::string Requests::checksum_of(const http::Headers& request) const {
  const char* name = settings_.checksum == Checksum::crc32c   ? "x-amz-checksum-crc32c"
                     : settings_.checksum == Checksum::sha256 ? "x-amz-checksum-sha256"
                                                              : "";
  return std::string(request.get(name));
}

std::string Requests::presign(std::string_view method, std::string_view key,
                              std::chrono::milliseconds expires, const sdk::Call& call) {
  const auto credentials = credentials_.get(call);
  const auto current = endpoint();
  const Endpoint endpoint =
      settings_.redirect_endpoint ? current->at(*settings_.redirect_endpoint) : *current;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(expires);
  http::Request request;
  request.method = method;
  request.url = endpoint.url(key);
  if (settings_.v4auth)
    presign_v4(request, *credentials, {endpoint.region(), "s3"}, unsigned_payload, seconds,
               clock_.now());
  else
    presign_v2(request, *credentials, endpoint.virtual_bucket(), seconds, clock_.now());
  return request.url.text();
}

std::shared_ptr<const Endpoint> Requests::endpoint() const {
  const std::lock_guard lock(mutex_);
  return endpoint_;
}

// For all later requests of the store.
void Requests::move_to_region(const std::string& region) {
  auto moved = std::make_shared<const Endpoint>(settings_, region);
  sdk::log(BERTH_LOG_INFO, "bucket " + settings_.bucket.name + " is in region " + region);
  const std::lock_guard lock(mutex_);
  endpoint_ = std::move(moved);
}

}  // namespace berth::s3
