// SPDX-License-Identifier: Apache-2.0
#include "service_error.hpp"

#include "common/retry.hpp"

namespace berth::swift {
namespace {

berth_status status_of(int status) {
  switch (status) {
    case 400:
      return BERTH_UNKNOWN;
    case 401:
      return BERTH_UNAUTHENTICATED;
    case 403:
      return BERTH_PERMISSION_DENIED;
    case 404:
      return BERTH_PATH_NOT_FOUND;
    case 412:
      return BERTH_PRECONDITION_FAILED;
    case 413:
    case 507:
      return BERTH_NO_SPACE;
    case 422:
      return BERTH_CORRUPT;
    case 429:
    case 498:
    case 503:
      return BERTH_RATE_LIMITED;
    case 501:
      return BERTH_UNSUPPORTED_METHOD;
    default:
      return status >= 500 ? BERTH_UNAVAILABLE : BERTH_UNKNOWN;
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
  const http::Verdict verdict = http::judge_status(answer);
  return verdict == http::Verdict::retry || verdict == http::Verdict::slow_down;
}

}  // namespace

std::string request_id(const http::Response& answer) {
  for (const char* name : {"X-Trans-Id", "X-Openstack-Request-Id", "X-Amz-Request-Id"})
    if (const auto id = answer.headers.find(name)) return std::string(*id);
  return {};
}

sdk::Error error_from(const http::Response& answer, std::string_view doing) {
  const berth_status status = status_of(answer.status);
  // The host words a missing path itself.
  std::string text = status == BERTH_PATH_NOT_FOUND
                         ? std::string()
                         : "cannot " + std::string(doing) + ": " + reason_of(answer);
  sdk::Error error(status, std::move(text));
  error.request_id(request_id(answer)).protocol_status(answer.status);
  return error.retryable(is_retryable(answer)).retry_after(http::retry_after(answer));
}

}  // namespace berth::swift
