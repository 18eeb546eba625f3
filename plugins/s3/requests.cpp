// SPDX-License-Identifier: Apache-2.0
#include "requests.hpp"

#include "common/crypto.hpp"
#include "common/own_call.hpp"
#include "common/xml.hpp"
#include "credentials/sources.hpp"
#include "sigv2.hpp"
#include "sigv4.hpp"

namespace berth::s3 {
namespace {

using http::Verdict;

CredentialsProvider provider_of(const Settings& settings) {
  if (!settings.access_key.empty())
    return CredentialsProvider(
        Credentials{settings.access_key, settings.secret_key, settings.session_token, {}});
  SourceOptions options;
  options.profile = settings.profile;
  options.region = settings.region;
  options.proxy = settings.proxy;
  options.cafile = settings.ca_file;
  options.skipverify = settings.skip_verify;
  return CredentialsProvider(default_sources(options));
}

bool ends_with(std::string_view text, std::string_view end) noexcept {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// Data goes to another host only within Amazon's domains, and never from https to http.
bool may_redirect(const http::Url& from, const http::Url& to) {
  if (from.tls() && !to.tls()) return false;
  if (from.host == to.host) return true;
  for (const std::string_view domain : {".amazonaws.com", ".amazonaws.com.cn"})
    if (ends_with(from.host, domain) && ends_with(to.host, domain)) return true;
  return false;
}

}  // namespace

// What the attempts at one operation have in common.
class Requests::Attempts {
 public:
  Attempts(Operation what, const sdk::Call& within, std::string hash)
      : operation(std::move(what)), call(within), payload_hash(std::move(hash)) {}

  const Operation operation;
  const sdk::Call call;
  const std::string payload_hash;

  std::mutex mutex;                                // of the members below
  std::shared_ptr<const Credentials> credentials;  // of the latest attempt
  std::shared_ptr<const Endpoint> endpoint;        // of the latest attempt
  std::shared_ptr<const Endpoint> elsewhere;       // where a redirect pointed
};

Requests::Requests(const Settings& settings, http::Clock& clock)
    : settings_(settings),
      clock_(clock),
      credentials_(provider_of(settings)),
      endpoint_(std::make_shared<const Endpoint>(settings)) {}

// Hashes here, in the caller's thread, so that the engine's is free for the transfers.
std::shared_ptr<Requests::Attempts> Requests::begin(Operation operation, const sdk::Call* call) {
  std::string hash = signs_payload(*endpoint()) ? common::hex(common::sha256(operation.body))
                                                : std::string(unsigned_payload);
  return std::make_shared<Attempts>(std::move(operation), call ? *call : common::unending_call(),
                                    std::move(hash));
}

http::Plan Requests::plan(Operation operation, const sdk::Call* call) {
  const auto attempts = begin(std::move(operation), call);
  return {[this, attempts] { return make(*attempts); },
          [this, attempts](const http::Response& answer) { return judge(*attempts, answer); }};
}

http::Request Requests::make(Attempts& attempts, const http::Headers& more) {
  const Operation& operation = attempts.operation;
  const auto credentials = credentials_.get(attempts.call);
  const std::lock_guard lock(attempts.mutex);
  attempts.credentials = credentials;
  attempts.endpoint = attempts.elsewhere ? attempts.elsewhere : endpoint();
  http::Request request;
  request.method = operation.method;
  request.url = attempts.endpoint->url(operation.key, operation.query);
  request.headers = operation.headers;
  for (const http::Header& header : more) request.headers.add(header.name, header.value);
  request.body = operation.body;
  request.repeatable = operation.repeatable;
  request.first_byte_timeout = operation.first_byte_timeout;
  sign(request, *credentials, *attempts.endpoint, attempts.payload_hash);
  if (settings_.log_requests) log(request);
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

ServiceError Requests::assess(const http::Response& answer, const char* expects) {
  if (!answer.ok()) return read_service_error(answer);
  ServiceError error;
  error.status = answer.status;
  if (!expects) return error;
  try {
    const common::Xml xml(answer.body, "the result");
    if (std::string_view(xml.root().name()) == expects) return error;
  } catch (const sdk::Error& failure) {
    error.message = failure.message();
  }
  // The status was sent before the outcome was known; the body tells.
  error = read_service_error(answer);
  error.status = 500;
  if (error.code.empty()) error.code = "IncompleteAnswer";
  return error;
}

Verdict Requests::judge(Attempts& attempts, const http::Response& answer) {
  const ServiceError error = assess(answer, attempts.operation.expects);
  const std::lock_guard lock(attempts.mutex);
  if (is_expired_token(error) && credentials_.expire(attempts.credentials)) return Verdict::again;
  if (redirect(attempts, error, answer)) return Verdict::again;
  return s3::judge(error);
}

bool Requests::redirect(Attempts& attempts, const ServiceError& error,
                        const http::Response& answer) {
  const Endpoint& used = *attempts.endpoint;
  if (attempts.elsewhere) return false;
  if (is_wrong_region(error) && error.region != used.region()) {
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
    attempts.elsewhere = std::make_shared<const Endpoint>(used.at(place));
    return true;
  } catch (const sdk::Error&) {  // not a URL: the redirect stays an error
    return false;
  }
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

// For all requests to come, so that the detour is made once a store.
void Requests::move_to_region(const std::string& region) {
  auto moved = std::make_shared<const Endpoint>(settings_, region);
  sdk::log(BERTH_LOG_INFO, "bucket " + settings_.bucket + " is in region " + region);
  const std::lock_guard lock(mutex_);
  endpoint_ = std::move(moved);
}

}  // namespace berth::s3
