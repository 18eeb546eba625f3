// SPDX-License-Identifier: Apache-2.0
#include "errors.hpp"

#include <array>

#include "common/text.hpp"

namespace berth::azure {
namespace {

using common::CodeMeaning;
using http::Verdict;

constexpr std::array meanings{
    CodeMeaning{"ContainerNotFound", BERTH_STATUS_UNKNOWN,
                "the container does not exist; create it, or set createcontainer"},
    CodeMeaning{"ContainerBeingDeleted", BERTH_STATUS_UNAVAILABLE,
                "the container is being deleted"},
    CodeMeaning{"AuthenticationFailed", BERTH_STATUS_UNAUTHENTICATED,
                "the service refuses the credentials; are account, key and clock right, and has no "
                "token run out?"},
    CodeMeaning{"InvalidAuthenticationInfo", BERTH_STATUS_UNAUTHENTICATED, ""},
    CodeMeaning{"SnapshotsPresent", BERTH_STATUS_PRECONDITION_FAILED,
                "it has snapshots; delete them first, or set deletesnapshots"},
    CodeMeaning{"LeaseIdMissing", BERTH_STATUS_PRECONDITION_FAILED,
                "another program holds a lease on it; end or break the lease first"},
    CodeMeaning{"LeaseAlreadyPresent", BERTH_STATUS_PRECONDITION_FAILED,
                "another program holds a lease on it; end or break the lease first"},
    CodeMeaning{"BlobImmutableDueToPolicy", BERTH_STATUS_PERMISSION_DENIED, ""},
    CodeMeaning{"BlobArchived", BERTH_STATUS_UNSUPPORTED_METHOD,
                "it lies in the archive tier; move it to an online tier first"},
    CodeMeaning{"BlobBeingRehydrated", BERTH_STATUS_UNAVAILABLE,
                "it is on its way out of the archive tier"},
    CodeMeaning{"PendingCopyOperation", BERTH_STATUS_UNAVAILABLE, "a copy onto it is under way"},
    CodeMeaning{"BlockCountExceedsLimit", BERTH_STATUS_NO_SPACE,
                "a blob holds at most 50,000 blocks"},
    CodeMeaning{"RequestBodyTooLarge", BERTH_STATUS_NO_SPACE, ""},
    CodeMeaning{"InvalidBlobType", BERTH_STATUS_UNKNOWN,
                "the blob that is there is of another type"},
    CodeMeaning{"Md5Mismatch", BERTH_STATUS_CORRUPT, ""},
    CodeMeaning{"InvalidUri", BERTH_STATUS_INVALID_PATH, ""},
    CodeMeaning{"ServerBusy", BERTH_STATUS_RATE_LIMITED, ""},
    CodeMeaning{"AccountBeingCreated", BERTH_STATUS_UNAVAILABLE, ""},
};

berth_status status_of(const ServiceError& error, const CodeMeaning* meaning) {
  if (meaning) return meaning->status;
  return is_missing_blob(error) ? BERTH_STATUS_PATH_NOT_FOUND
                                : common::status_by_number(error.status);
}

std::string reason_of(const ServiceError& error, const CodeMeaning* meaning) {
  if (meaning && !meaning->reason.empty()) return std::string(meaning->reason);
  return common::plain_reason(error);
}

}  // namespace

bool is_missing_blob(const ServiceError& error) {
  return error.status == 404 &&
         (error.code.empty() || error.code == "BlobNotFound" || error.code == "ResourceNotFound");
}

bool is_refused(const http::Response& answer) {
  if (answer.status != 409 && answer.status != 412) return false;
  const std::string code = read_service_error(answer).code;
  return code != "ContainerBeingDeleted" && code != "ContainerDisabled" &&
         code != "AccountBeingCreated";
}

ServiceError read_service_error(const http::Response& answer) {
  if (answer.ok()) return {answer.status, {}, {}, {}, {}, {}};  // its body is no error
  ServiceError error = common::read_service_error(answer, "x-ms-request-id");
  if (const auto code = answer.headers.find("x-ms-error-code")) error.code = *code;
  // Behind the first line come request id and time.
  error.message.resize(common::first_line(error.message).size());
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
  // The clock may be the reason; where it is right, this changes nothing and is final.
  if (error.code == "AuthenticationFailed") return Verdict::skewed;
  if (error.code == "PendingCopyOperation") return Verdict::retry;
  return common::verdict_by_number(error.status);
}

}  // namespace berth::azure
