// SPDX-License-Identifier: Apache-2.0
//
// Reading answers, and the plans for sending an operation. An error can follow a status of 200.
#include "bucket/requests.hpp"

namespace berth::bucket {
namespace {

http::Plan plan_of(const Requests& requests, std::shared_ptr<Attempts> attempts,
                   const char* expects, std::optional<sdk::Call> call) {
  return {[attempts, call] { return attempts->make({}, call ? &*call : nullptr); },
          [&requests, attempts, expects](const http::Response& answer) {
            return attempts->judge(answer, assess(requests, answer, expects).error);
          }};
}

}  // namespace

Assessment assess(const Requests& requests, const http::Response& answer, const char* expects) {
  if (!answer.ok()) return {requests.read_error(answer), nullptr};
  common::ServiceError good;
  good.status = answer.status;
  if (!expects) return {good, nullptr};
  std::string reason;
  try {
    auto document = std::make_shared<const common::Xml>(answer.body, expects);
    if (std::string_view(document->root().name()) == expects) return {good, std::move(document)};
  } catch (const sdk::Error& failure) {
    reason = failure.message();
  }
  // The service sent the status before it knew the outcome.
  common::ServiceError error = requests.read_error(answer);
  error.status = 500;
  if (error.code.empty()) error.code = "IncompleteAnswer";
  if (error.message.empty()) error.message = reason;
  return {error, nullptr};
}

http::Plan plan(Requests& requests, Operation operation, const sdk::Call& call) {
  const char* expects = operation.expects;
  return plan_of(requests, requests.begin(std::move(operation), call), expects, call);
}

http::Plan background_plan(Requests& requests, Operation operation, const sdk::Call& call) {
  const char* expects = operation.expects;
  return plan_of(requests, requests.begin(std::move(operation), call), expects, std::nullopt);
}

}  // namespace berth::bucket
