// SPDX-License-Identifier: Apache-2.0
#include "requests.hpp"

#include <mutex>
#include <utility>

#include "errors.hpp"

namespace berth::swift {

// What the attempts at one operation have in common.
class Requests::Attempts {
 public:
  Attempts(Operation what, unsigned most) : operation(std::move(what)), at_once(most) {}

  const Operation operation;
  const unsigned at_once;  // requests that may be under way

  std::mutex mutex;                        // of the members below
  std::shared_ptr<const Session> session;  // of the latest attempt
  unsigned forgiven = 0;                   // 401s that may have been about the one before
  bool replaced = false;                   // a token was refused
  bool refused_new = false;                // and one that had not worked before
};

http::Url url_of(const Session& session, std::string_view container, std::string_view object) {
  http::Url url = session.account;
  if (!container.empty()) url.path += '/' + common::percent_encode(container);
  if (!object.empty()) url.path += '/' + common::percent_encode_path(object);
  return url;
}

std::shared_ptr<Requests::Attempts> Requests::begin(Operation operation, unsigned at_once) {
  return std::make_shared<Attempts>(std::move(operation), at_once);
}

http::Plan Requests::plan(Operation operation, const sdk::Call& call) {
  return plan(begin(std::move(operation)), call);
}

http::Plan Requests::plan(std::shared_ptr<Attempts> attempts, const sdk::Call& call) {
  return {[this, attempts, call] { return make(*attempts, &call); },
          [this, attempts](const http::Response& answer) { return judge(*attempts, answer); }};
}

http::Plan Requests::background_plan(Operation operation, const sdk::Call& call) {
  (void)session(call);
  const auto attempts = begin(std::move(operation));
  return {[this, attempts] { return make(*attempts, nullptr); },
          [this, attempts](const http::Response& answer) { return judge(*attempts, answer); }};
}

http::Request Requests::make(Attempts& attempts, const sdk::Call* call, const http::Headers& more) {
  const Operation& operation = attempts.operation;
  const auto session = sessions_.for_attempt(call);
  {
    const std::lock_guard lock(attempts.mutex);
    if (std::exchange(attempts.session, session) != session) attempts.forgiven = 0;
  }
  http::Request request;
  request.method = operation.method;
  request.url = url_of(*session, operation.container, operation.object);
  request.url.query = common::encode_query(operation.query);
  request.headers = operation.headers;
  for (const http::Header& header : more) request.headers.add(header.name, header.value);
  request.headers.add("X-Auth-Token", session->token);
  request.body = operation.body;
  request.first_byte_timeout = operation.first_byte_timeout;
  return request;
}

http::Verdict Requests::judge(Attempts& attempts, const http::Response& answer) {
  const std::lock_guard lock(attempts.mutex);
  std::atomic<bool>& worked = *attempts.session->worked;
  if (answer.ok()) worked = true;
  if (answer.status != 401) return verdict_of(answer);
  // An answer does not tell which token it is about. Of several requests at once, the others may
  // still have been sent with the one that was replaced.
  if (!worked && attempts.replaced && ++attempts.forgiven < attempts.at_once)
    return http::Verdict::retry;
  sessions_.expire(attempts.session);
  if (!worked && std::exchange(attempts.refused_new, true)) return http::Verdict::refuse;
  return std::exchange(attempts.replaced, true) ? http::Verdict::retry : http::Verdict::again;
}

void Requests::expire(Attempts& attempts) {
  const std::lock_guard lock(attempts.mutex);
  sessions_.expire(attempts.session);
}

}  // namespace berth::swift
