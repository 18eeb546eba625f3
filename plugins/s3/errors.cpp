// SPDX-License-Identifier: Apache-2.0
//
// One table from code to status and words. A code that the table lacks has the meaning of its HTTP
// status.
#include "errors.hpp"

#include <array>

namespace berth::s3 {
namespace {

using common::CodeMeaning;
using http::Verdict;

constexpr std::array meanings{
    CodeMeaning{"NoSuchKey", BERTH_STATUS_PATH_NOT_FOUND},
    CodeMeaning{"NoSuchVersion", BERTH_STATUS_PATH_NOT_FOUND},
    CodeMeaning{"NoSuchBucket", BERTH_STATUS_UNKNOWN, "the bucket does not exist"},
    CodeMeaning{"NoSuchUpload", BERTH_STATUS_UNKNOWN},
    CodeMeaning{"InvalidAccessKeyId", BERTH_STATUS_UNAUTHENTICATED, "unknown access key"},
    CodeMeaning{"SignatureDoesNotMatch", BERTH_STATUS_UNAUTHENTICATED,
                "wrong signature; check secretkey"},
    CodeMeaning{"ExpiredToken", BERTH_STATUS_UNAUTHENTICATED},
    CodeMeaning{"InvalidToken", BERTH_STATUS_UNAUTHENTICATED},
    CodeMeaning{"RequestTimeTooSkewed", BERTH_STATUS_UNAUTHENTICATED,
                "the clock of this machine is wrong"},
    CodeMeaning{"AuthorizationHeaderMalformed", BERTH_STATUS_UNAUTHENTICATED},
    CodeMeaning{"KeyTooLongError", BERTH_STATUS_INVALID_PATH},
    CodeMeaning{"InvalidObjectName", BERTH_STATUS_INVALID_PATH},
    CodeMeaning{"EntityTooLarge", BERTH_STATUS_NO_SPACE},
    CodeMeaning{"QuotaExceeded", BERTH_STATUS_NO_SPACE},
    CodeMeaning{"BadDigest", BERTH_STATUS_CORRUPT},
    CodeMeaning{"XAmzContentSHA256Mismatch", BERTH_STATUS_CORRUPT},
    CodeMeaning{"XAmzContentChecksumMismatch", BERTH_STATUS_CORRUPT},
    CodeMeaning{"SlowDown", BERTH_STATUS_RATE_LIMITED},
    CodeMeaning{"RequestTimeout", BERTH_STATUS_UNAVAILABLE},
    CodeMeaning{"OperationAborted", BERTH_STATUS_UNAVAILABLE},
    CodeMeaning{"ConditionalRequestConflict", BERTH_STATUS_UNAVAILABLE},
};

berth_status status_of(const ServiceError& error, const CodeMeaning* meaning) {
  if (meaning) return meaning->status;
  // An answer to HEAD has no code. With another code, something other than the object is missing.
  if (error.status == 404 && (error.code.empty() || error.code == "NotFound"))
    return BERTH_STATUS_PATH_NOT_FOUND;
  return common::status_by_number(error.status);
}

std::string reason_of(const ServiceError& error, const CodeMeaning* meaning) {
  if (meaning && !meaning->reason.empty()) return std::string(meaning->reason);
  if (error.message.empty() && (error.status == 301 || error.status == 307))
    return "the bucket is at another endpoint" +
           (error.region.empty() ? std::string() : ": in region " + error.region);
  return common::plain_reason(error);
}

}  // namespace

ServiceError read_service_error(const http::Response& answer) {
  ServiceError error = common::read_service_error(answer, "x-amz-request-id");
  if (const auto region = answer.headers.find("x-amz-bucket-region")) error.region = *region;
  return error;
}

sdk::Error error_from(const ServiceError& error, std::string_view doing) {
  const CodeMeaning* meaning = common::meaning_in(meanings, error);
  return common::error_of(error, status_of(error, meaning), judge(error), doing,
                          reason_of(error, meaning));
}

sdk::Error error_from(const http::Response& answer, std::string_view doing) {
  return error_from(read_service_error(answer), doing).retry_after(http::retry_after(answer));
}

Verdict judge(const ServiceError& error) {
  if (error.ok()) return Verdict::accept;
  if (error.code == "SlowDown" || error.code == "TooManyRequests" ||
      error.code == "ServiceUnavailable")
    return Verdict::slow_down;
  if (error.code == "RequestTimeTooSkewed") return Verdict::skewed;
  if (error.code == "RequestTimeout" || error.code == "InternalError" ||
      error.code == "OperationAborted" || error.code == "ConditionalRequestConflict")
    return Verdict::retry;
  return common::verdict_by_number(error.status);
}

bool is_expired_token(const ServiceError& error) {
  return error.code == "ExpiredToken" || error.code == "ExpiredTokenException" ||
         error.code == "TokenRefreshRequired" || error.code == "InvalidToken";
}

bool is_wrong_region(const ServiceError& error) {
  if (error.region.empty()) return false;
  return error.status == 301 || error.status == 307 || error.status == 400 ||
         error.code == "AuthorizationHeaderMalformed";
}

}  // namespace berth::s3
