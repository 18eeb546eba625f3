// SPDX-License-Identifier: Apache-2.0
#include "errors.hpp"

#include <array>
#include <string>

namespace berth::oss {
namespace {

using common::ServiceError;
using http::Verdict;

struct Meaning {
  std::string_view code;
  berth_status status;
  std::string_view reason;  // empty: the service's own words
};

// Codes that say more than the status of their answer.
constexpr std::array meanings{
    Meaning{"NoSuchKey", BERTH_PATH_NOT_FOUND, ""},
    Meaning{"NoSuchBucket", BERTH_UNKNOWN, "the bucket does not exist"},
    Meaning{"NoSuchUpload", BERTH_UNKNOWN, ""},
    Meaning{"InvalidAccessKeyId", BERTH_UNAUTHENTICATED,
            "the service does not know the access key; is accesskeyid right?"},
    Meaning{"SignatureDoesNotMatch", BERTH_UNAUTHENTICATED,
            "the service refuses the signature; is accesskeysecret right?"},
    Meaning{"InvalidSecurityToken", BERTH_UNAUTHENTICATED,
            "the service refuses the security token"},
    Meaning{"SecurityTokenExpired", BERTH_UNAUTHENTICATED, "the security token has expired"},
    Meaning{"RequestTimeTooSkewed", BERTH_UNAUTHENTICATED, "the clock of this machine is wrong"},
    Meaning{"AccessDenied", BERTH_PERMISSION_DENIED, ""},
    Meaning{"InvalidObjectState", BERTH_PERMISSION_DENIED,
            "the object is archived; restore it first"},
    Meaning{"FileImmutable", BERTH_PERMISSION_DENIED,
            "the object is under a retention policy of the bucket"},
    Meaning{"FileAlreadyExists", BERTH_ALREADY_EXISTS, "the object exists already"},
    Meaning{"InvalidObjectName", BERTH_INVALID_PATH, ""},
    Meaning{"EntityTooLarge", BERTH_NO_SPACE, ""},
    Meaning{"InvalidDigest", BERTH_CORRUPT, ""},
    Meaning{"RequestTimeout", BERTH_UNAVAILABLE, ""},
    Meaning{"InternalError", BERTH_UNAVAILABLE, ""},
    Meaning{"QpsLimitExceeded", BERTH_RATE_LIMITED, ""},
    Meaning{"DownloadTrafficRateLimitExceeded", BERTH_RATE_LIMITED, ""},
    Meaning{"UploadTrafficRateLimitExceeded", BERTH_RATE_LIMITED, ""},
};

const Meaning* meaning_of(const ServiceError& error) noexcept {
  for (const Meaning& meaning : meanings)
    if (meaning.code == error.code) return &meaning;
  return nullptr;
}

berth_status status_by_number(const ServiceError& error) noexcept {
  switch (error.status) {
    case 401:
      return BERTH_UNAUTHENTICATED;
    case 403:
      return BERTH_PERMISSION_DENIED;
    case 404:  // HEAD has no code; with one, something else is missing
      return error.code.empty() ? BERTH_PATH_NOT_FOUND : BERTH_UNKNOWN;
    case 412:
      return BERTH_PRECONDITION_FAILED;
    case 429:
    case 503:
      return BERTH_RATE_LIMITED;
    case 501:
      return BERTH_UNSUPPORTED_METHOD;
    default:
      return error.status >= 500 ? BERTH_UNAVAILABLE : BERTH_UNKNOWN;
  }
}

std::string reason_of(const ServiceError& error, const Meaning* meaning) {
  if (meaning && !meaning->reason.empty()) return std::string(meaning->reason);
  if (!error.endpoint.empty()) return "the bucket is at " + error.endpoint + "; is region right?";
  if (!error.message.empty()) return error.message;
  if (error.status == 403) return "access denied";
  return "the service answered " + std::to_string(error.status) +
         (error.code.empty() ? "" : " " + error.code);
}

}  // namespace

sdk::Error error_from(const ServiceError& error, std::string_view doing) {
  const Meaning* meaning = meaning_of(error);
  return common::error_of(error, meaning ? meaning->status : status_by_number(error),
                          verdict_of(error), doing, reason_of(error, meaning));
}

Verdict verdict_of(const ServiceError& error) {
  if (error.ok()) return Verdict::accept;
  if (error.code == "RequestTimeTooSkewed") return Verdict::skewed;
  if (error.code == "RequestTimeout" || error.code == "InternalError") return Verdict::retry;
  if (const Meaning* meaning = meaning_of(error); meaning && meaning->status == BERTH_RATE_LIMITED)
    return Verdict::slow_down;
  if (error.status == 501) return Verdict::refuse;
  if (error.status == 429 || error.status == 503) return Verdict::slow_down;
  return error.status == 408 || error.status >= 500 ? Verdict::retry : Verdict::refuse;
}

bool is_expired_token(const ServiceError& error) {
  return error.code == "SecurityTokenExpired" || error.code == "InvalidSecurityToken";
}

}  // namespace berth::oss
