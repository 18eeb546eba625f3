// SPDX-License-Identifier: Apache-2.0
#include "bucket/requests.hpp"

#include "common/xml.hpp"

namespace berth::bucket {

common::ServiceError assess(const Requests& requests, const http::Response& answer,
                            const char* expects) {
  if (!answer.ok()) return requests.read_error(answer);
  common::ServiceError error;
  error.status = answer.status;
  if (!expects) return error;
  try {
    const common::Xml xml(answer.body, "the result");
    if (std::string_view(xml.root().name()) == expects) return error;
  } catch (const sdk::Error& failure) {
    error.message = failure.message();
  }
  // The status was sent before the outcome was known; the body tells.
  const std::string message = error.message;
  error = requests.read_error(answer);
  error.status = 500;
  if (error.code.empty()) error.code = "IncompleteAnswer";
  if (error.message.empty()) error.message = message;
  return error;
}

http::Plan plan(Requests& requests, Operation operation, const sdk::Call& call) {
  const auto attempts = requests.begin(std::move(operation), call);
  return {[attempts, call] { return attempts->make({}, &call); },
          [attempts](const http::Response& answer) { return attempts->judge(answer); }};
}

http::Plan background_plan(Requests& requests, Operation operation, const sdk::Call& call) {
  const auto attempts = requests.begin(std::move(operation), call);
  return {[attempts] { return attempts->make({}, nullptr); },
          [attempts](const http::Response& answer) { return attempts->judge(answer); }};
}

}  // namespace berth::bucket
