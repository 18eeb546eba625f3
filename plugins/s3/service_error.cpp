// SPDX-License-Identifier: Apache-2.0
#include "service_error.hpp"

#include <array>

namespace berth::s3 {
namespace {

using http::Verdict;

struct Meaning {
  std::string_view code;
  berth_status status;
};

// Codes that say more than the status of their answer.
constexpr std::array meanings{
    Meaning{"NoSuchKey", BERTH_PATH_NOT_FOUND},
    Meaning{"NoSuchVersion", BERTH_PATH_NOT_FOUND},
    Meaning{"NoSuchBucket", BERTH_UNKNOWN},
    Meaning{"NoSuchUpload", BERTH_UNKNOWN},
    Meaning{"InvalidAccessKeyId", BERTH_UNAUTHENTICATED},
    Meaning{"SignatureDoesNotMatch", BERTH_UNAUTHENTICATED},
    Meaning{"ExpiredToken", BERTH_UNAUTHENTICATED},
    Meaning{"InvalidToken", BERTH_UNAUTHENTICATED},
    Meaning{"RequestTimeTooSkewed", BERTH_UNAUTHENTICATED},
    Meaning{"AuthorizationHeaderMalformed", BERTH_UNAUTHENTICATED},
    Meaning{"KeyTooLongError", BERTH_INVALID_PATH},
    Meaning{"InvalidObjectName", BERTH_INVALID_PATH},
    Meaning{"EntityTooLarge", BERTH_NO_SPACE},
    Meaning{"QuotaExceeded", BERTH_NO_SPACE},
    Meaning{"BadDigest", BERTH_CORRUPT},
    Meaning{"XAmzContentSHA256Mismatch", BERTH_CORRUPT},
    Meaning{"XAmzContentChecksumMismatch", BERTH_CORRUPT},
    Meaning{"SlowDown", BERTH_RATE_LIMITED},
    Meaning{"RequestTimeout", BERTH_UNAVAILABLE},
    Meaning{"OperationAborted", BERTH_UNAVAILABLE},
    Meaning{"ConditionalRequestConflict", BERTH_UNAVAILABLE},
};

berth_status status_of(const ServiceError& error) {
  for (const Meaning& meaning : meanings)
    if (meaning.code == error.code) return meaning.status;
  switch (error.status) {
    case 401:
      return BERTH_UNAUTHENTICATED;
    case 403:
      return BERTH_PERMISSION_DENIED;
    case 404:
      // Without a code it is HEAD's answer; with another code something else is missing.
      return error.code.empty() || error.code == "NotFound" ? BERTH_PATH_NOT_FOUND : BERTH_UNKNOWN;
    case 412:
      return BERTH_PRECONDITION_FAILED;
    case 429:
    case 503:
      return BERTH_RATE_LIMITED;
    case 501:
      return BERTH_UNSUPPORTED_METHOD;
    case 507:
      return BERTH_NO_SPACE;
    default:
      return error.status >= 500 ? BERTH_UNAVAILABLE : BERTH_UNKNOWN;
  }
}

std::string reason_of(const ServiceError& error) {
  if (error.code == "NoSuchBucket") return "the bucket does not exist";
  if (error.code == "SignatureDoesNotMatch")
    return "the service refuses the signature; is secretkey right?";
  if (error.code == "InvalidAccessKeyId") return "the service does not know the access key";
  if (error.code == "RequestTimeTooSkewed") return "the clock of this machine is wrong";
  if (!error.message.empty()) return error.message;
  if (error.status == 403) return "access denied";
  if (error.status == 301 || error.status == 307)
    return "the bucket is elsewhere" +
           (error.region.empty() ? std::string() : ": in region " + error.region);
  return "the service answered " + std::to_string(error.status);
}

}  // namespace

ServiceError read_service_error(const http::Response& answer) {
  ServiceError error = common::read_service_error(answer, "x-amz-request-id");
  if (const auto region = answer.headers.find("x-amz-bucket-region")) error.region = *region;
  return error;
}

sdk::Error error_from(const ServiceError& error, std::string_view doing) {
  return common::error_of(error, status_of(error), judge(error), doing, reason_of(error));
}

sdk::Error error_from(const http::Response& answer, std::string_view doing) {
  return error_from(read_service_error(answer), doing).retry_after(http::retry_after(answer));
}

Verdict judge(const ServiceError& error) {
  if (error.ok()) return Verdict::accept;
  if (error.code == "SlowDown" || error.code == "TooManyRequests") return Verdict::slow_down;
  if (error.code == "RequestTimeTooSkewed") return Verdict::skewed;
  if (error.code == "RequestTimeout" || error.code == "InternalError" ||
      error.code == "OperationAborted" || error.code == "ConditionalRequestConflict")
    return Verdict::retry;
  if (error.status == 501) return Verdict::refuse;
  if (error.status == 429 || error.status == 503) return Verdict::slow_down;
  return error.status == 408 || error.status >= 500 ? Verdict::retry : Verdict::refuse;
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
