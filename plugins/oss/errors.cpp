// SPDX-License-Identifier: Apache-2.0
//
// One table from code to status and words. A code that the table lacks has the meaning of its HTTP
// status.
#include "errors.hpp"

#include <array>
#include <string>

namespace berth::oss {
namespace {

using common::CodeMeaning;
using common::ServiceError;
using http::Verdict;

constexpr std::array meanings{
    CodeMeaning{"NoSuchKey", BERTH_STATUS_PATH_NOT_FOUND, ""},
    CodeMeaning{"NoSuchBucket", BERTH_STATUS_UNKNOWN, "the bucket does not exist"},
    CodeMeaning{"NoSuchUpload", BERTH_STATUS_UNKNOWN, ""},
    CodeMeaning{"InvalidAccessKeyId", BERTH_STATUS_UNAUTHENTICATED,
                "unknown access key; check accesskeyid"},
    CodeMeaning{"SignatureDoesNotMatch", BERTH_STATUS_UNAUTHENTICATED,
                "wrong signature; check accesskeysecret"},
    CodeMeaning{"InvalidSecurityToken", BERTH_STATUS_UNAUTHENTICATED, "invalid security token"},
    CodeMeaning{"SecurityTokenExpired", BERTH_STATUS_UNAUTHENTICATED,
                "the security token has expired"},
    CodeMeaning{"RequestTimeTooSkewed", BERTH_STATUS_UNAUTHENTICATED,
                "the clock of this machine is wrong"},
    CodeMeaning{"AccessDenied", BERTH_STATUS_PERMISSION_DENIED, ""},
    CodeMeaning{"InvalidObjectState", BERTH_STATUS_PERMISSION_DENIED,
                "the object is archived; restore it first"},
    CodeMeaning{"FileImmutable", BERTH_STATUS_PERMISSION_DENIED,
                "the object is under a retention policy of the bucket"},
    CodeMeaning{"FileAlreadyExists", BERTH_STATUS_ALREADY_EXISTS, "the object already exists"},
    CodeMeaning{"InvalidObjectName", BERTH_STATUS_INVALID_PATH, ""},
    CodeMeaning{"EntityTooLarge", BERTH_STATUS_NO_SPACE, ""},
    CodeMeaning{"InvalidDigest", BERTH_STATUS_CORRUPT, ""},
    CodeMeaning{"RequestTimeout", BERTH_STATUS_UNAVAILABLE, ""},
    CodeMeaning{"InternalError", BERTH_STATUS_UNAVAILABLE, ""},
    CodeMeaning{"QpsLimitExceeded", BERTH_STATUS_RATE_LIMITED, ""},
    CodeMeaning{"DownloadTrafficRateLimitExceeded", BERTH_STATUS_RATE_LIMITED, ""},
    CodeMeaning{"UploadTrafficRateLimitExceeded", BERTH_STATUS_RATE_LIMITED, ""},
};

berth_status status_of(const ServiceError& error, const CodeMeaning* meaning) noexcept {
  if (meaning) return meaning->status;
  // An answer to HEAD has no code. With a code, something other than the object is missing.
  if (error.status == 404 && error.code.empty()) return BERTH_STATUS_PATH_NOT_FOUND;
  return common::status_by_number(error.status);
}

std::string reason_of(const ServiceError& error, const CodeMeaning* meaning) {
  if (meaning && !meaning->reason.empty()) return std::string(meaning->reason);
  if (!error.endpoint.empty()) return "the bucket is at " + error.endpoint + "; check region";
  return common::plain_reason(error);
}

}  // namespace

sdk::Error error_from(const ServiceError& error, std::string_view doing) {
  const CodeMeaning* meaning = common::meaning_in(meanings, error);
  return common::error_of(error, status_of(error, meaning), verdict_of(error), doing,
                          reason_of(error, meaning));
}

Verdict verdict_of(const ServiceError& error) {
  if (error.ok()) return Verdict::accept;
  if (error.code == "RequestTimeTooSkewed") return Verdict::skewed;
  if (error.code == "RequestTimeout" || error.code == "InternalError") return Verdict::retry;
  const CodeMeaning* meaning = common::meaning_in(meanings, error);
  if (meaning && meaning->status == BERTH_STATUS_RATE_LIMITED) return Verdict::slow_down;
  return common::verdict_by_number(error.status);
}

bool is_expired_token(const ServiceError& error) {
  return error.code == "SecurityTokenExpired" || error.code == "InvalidSecurityToken";
}

}  // namespace berth::oss
