// SPDX-License-Identifier: Apache-2.0
#include "common/bucket/service.hpp"

#include "common/xml.hpp"

namespace berth::common {

ServiceError assess(const BucketService& service, const http::Response& answer,
                    const char* expects) {
  if (!answer.ok()) return service.read_error(answer);
  ServiceError error;
  error.status = answer.status;
  if (!expects) return error;
  try {
    const Xml xml(answer.body, "the result");
    if (std::string_view(xml.root().name()) == expects) return error;
  } catch (const sdk::Error& failure) {
    error.message = failure.message();
  }
  // The status was sent before the outcome was known; the body tells.
  const std::string message = error.message;
  error = service.read_error(answer);
  error.status = 500;
  if (error.code.empty()) error.code = "IncompleteAnswer";
  if (error.message.empty()) error.message = message;
  return error;
}

http::Plan plan(BucketService& service, Operation operation, const sdk::Call& call) {
  const auto attempts = service.begin(std::move(operation), call);
  return {[attempts, call] { return attempts->make({}, &call); },
          [attempts](const http::Response& answer) { return attempts->judge(answer); }};
}

http::Plan background_plan(BucketService& service, Operation operation, const sdk::Call& call) {
  const auto attempts = service.begin(std::move(operation), call);
  return {[attempts] { return attempts->make({}, nullptr); },
          [attempts](const http::Response& answer) { return attempts->judge(answer); }};
}

}  // namespace berth::common
