// SPDX-License-Identifier: Apache-2.0
#include "errors.hpp"

#include "common/service_error.hpp"

namespace berth::swift {
namespace {

constexpr int rate_limited = 498;

berth_status status_of(int status) {
  switch (status) {
    case 404:
      return BERTH_STATUS_PATH_NOT_FOUND;
    case 413:
      return BERTH_STATUS_NO_SPACE;
    case 422:
      return BERTH_STATUS_CORRUPT;
    case rate_limited:
      return BERTH_STATUS_RATE_LIMITED;
    default:
      return common::status_by_number(status);
  }
}

std::string reason_of(const http::Response& answer) {
  switch (answer.status) {
    case 401:
      return "the service refuses a new token too; has the user access to this account?";
    case 403:
      return "access denied; has the user a role that may do this?";
    case 409:
      return "a segment of the large object is missing (409)";
    case 413:
      return "the service refuses the size, or a quota is used up (413)";
    case 422:
      return "what arrived is not what was sent (422)";
    case 507:
      return "the service has no space left (507)";
    default:
      return "the service answered " + std::to_string(answer.status);
  }
}

bool is_retryable(const http::Response& answer) {
  const http::Verdict verdict = verdict_of(answer);
  return verdict == http::Verdict::retry || verdict == http::Verdict::slow_down;
}

}  // namespace

http::Verdict verdict_of(const http::Response& answer) noexcept {
  if (answer.status == rate_limited) return http::Verdict::slow_down;
  return http::judge_status(answer);
}

std::string request_id(const http::Response& answer) {
  for (const char* name : {"X-Trans-Id", "X-Openstack-Request-Id", "X-Amz-Request-Id"})
    if (const auto id = answer.headers.find(name)) return std::string(*id);
  return {};
}

sdk::Error error_from(const http::Response& answer, std::string_view doing) {
  const berth_status status = status_of(answer.status);
  // The host words a missing path itself.
  std::string text = status == BERTH_STATUS_PATH_NOT_FOUND
                         ? std::string()
                         : "cannot " + std::string(doing) + ": " + reason_of(answer);
  sdk::Error error(status, std::move(text));
  error.request_id(request_id(answer)).protocol_status(answer.status);
  return error.retryable(is_retryable(answer)).retry_after(http::retry_after(answer));
}

}  // namespace berth::swift
