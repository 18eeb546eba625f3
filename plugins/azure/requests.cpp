// SPDX-License-Identifier: Apache-2.0
#include "requests.hpp"

#include "batch.hpp"
#include "common/dates.hpp"
#include "credentials.hpp"
#include "shared_key.hpp"

namespace berth::azure {
namespace {

using http::Verdict;

// Every operation used here is in it, and the emulator knows it too.
constexpr const char* service_version = "2021-08-06";

}  // namespace

// What the attempts at one operation have in common.
class Requests::Attempts {
 public:
  explicit Attempts(Operation what) : operation(std::move(what)) {}

  const Operation operation;
  std::string body;  // of the latest attempt at a batch

  std::mutex mutex;                                  // of token
  std::shared_ptr<const common::Credentials> token;  // of the latest attempt
};

Requests::Requests(const Settings& settings, http::Clock& clock)
    : settings_(settings),
      clock_(clock),
      endpoint_(settings.endpoint, settings.container),
      tokens_(
          token_sources(settings), [] { return std::chrono::system_clock::now(); },
          "accountkey or sastoken") {}

std::shared_ptr<Requests::Attempts> Requests::begin(Operation operation) {
  return std::make_shared<Attempts>(std::move(operation));
}

http::Plan Requests::plan(Operation operation, const sdk::Call& call) {
  const auto attempts = begin(std::move(operation));
  return {[this, attempts, call] { return make(*attempts, &call); },
          [this, attempts](const http::Response& answer) { return judge(*attempts, answer); }};
}

http::Plan Requests::background_plan(Operation operation, const sdk::Call& call) {
  renew_token(call);
  const auto attempts = begin(std::move(operation));
  return {[this, attempts] { return make(*attempts, nullptr); },
          [this, attempts](const http::Response& answer) { return judge(*attempts, answer); }};
}

void Requests::renew_token(const sdk::Call& call) {
  if (needs_token()) (void)tokens_.get(call);
}

bool Requests::needs_token() const noexcept {
  return settings_.auth == Auth::client_secret || settings_.auth == Auth::default_credentials;
}

http::Url Requests::url(const Operation& operation) const {
  if (operation.target == Target::service) return endpoint_.service(operation.query);
  if (operation.target == Target::container) return endpoint_.container(operation.query);
  return endpoint_.blob(operation.blob, operation.query);
}

http::Request Requests::unsigned_request(const Operation& operation) const {
  http::Request request;
  request.method = operation.method;
  request.url = url(operation);
  request.headers = operation.headers;
  request.headers.set("x-ms-date", common::http_date(clock_.now()));
  request.body = operation.body;
  request.first_byte_timeout = operation.first_byte_timeout;
  return request;
}

void Requests::sign(http::Request& request, Attempts& attempts, const sdk::Call* call) {
  switch (settings_.auth) {
    case Auth::shared_key:
      request.headers.set("Authorization", shared_key_authorization(request, settings_.account,
                                                                    settings_.account_key));
      break;
    case Auth::sas:
      request.url.query += (request.url.query.empty() ? "" : "&") + settings_.sas;
      break;
    case Auth::client_secret:
    case Auth::default_credentials:
      auto token = tokens_.for_attempt(call);
      request.headers.set("Authorization", "Bearer " + token->session_token);
      const std::lock_guard lock(attempts.mutex);
      attempts.token = std::move(token);
      break;
  }
}

// The version of the batch counts for its parts.
std::string Requests::batch_body(Attempts& attempts, const sdk::Call* call) {
  std::vector<http::Request> parts;
  for (const Operation& part : attempts.operation.parts) {
    parts.push_back(unsigned_request(part));
    sign(parts.back(), attempts, call);
  }
  return batch_document(parts);
}

http::Request Requests::make(Attempts& attempts, const sdk::Call* call, const http::Headers& more) {
  const Operation& operation = attempts.operation;
  http::Request request = unsigned_request(operation);
  for (const http::Header& header : more) request.headers.add(header.name, header.value);
  request.headers.set("x-ms-version", service_version);
  if (!operation.parts.empty()) request.body = attempts.body = batch_body(attempts, call);
  sign(request, attempts, call);
  return request;
}

Verdict Requests::judge(Attempts& attempts, const http::Response& answer) {
  const std::lock_guard lock(attempts.mutex);
  if (answer.status == 401 && attempts.token && tokens_.expire(attempts.token))
    return Verdict::again;
  const Verdict verdict = azure::judge(read_service_error(answer));
  // What a batch failed at is done by single requests, which are its repetition.
  const bool batch = !attempts.operation.parts.empty();
  return batch && verdict == Verdict::retry ? Verdict::refuse : verdict;
}

std::string Requests::source_url(std::string_view blob) const {
  http::Url url = endpoint_.blob(blob);
  if (settings_.auth == Auth::sas) url.query = settings_.sas;
  return url.text();
}

}  // namespace berth::azure
