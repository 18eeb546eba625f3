// SPDX-License-Identifier: Apache-2.0
#include "service_error.hpp"

#include <algorithm>
#include <array>

#include "common/xml.hpp"

namespace berth::azure {
namespace {

using http::Verdict;

struct Meaning {
  std::string_view code;
  berth_status status;
  std::string_view text;  // empty: the service's own
};

// Codes that say more than the status of their answer.
constexpr std::array meanings{
    Meaning{"ContainerNotFound", BERTH_UNKNOWN,
            "the container does not exist; create it, or set createcontainer"},
    Meaning{"ContainerBeingDeleted", BERTH_UNAVAILABLE, "the container is being deleted"},
    Meaning{"AuthenticationFailed", BERTH_UNAUTHENTICATED,
            "the service refuses the credentials; are account, key and clock right, and has no "
            "token run out?"},
    Meaning{"InvalidAuthenticationInfo", BERTH_UNAUTHENTICATED, ""},
    Meaning{"SnapshotsPresent", BERTH_PRECONDITION_FAILED,
            "it has snapshots; delete them first, or set deletesnapshots"},
    Meaning{"LeaseIdMissing", BERTH_PRECONDITION_FAILED,
            "another program holds a lease on it; end or break the lease first"},
    Meaning{"LeaseAlreadyPresent", BERTH_PRECONDITION_FAILED,
            "another program holds a lease on it; end or break the lease first"},
    Meaning{"BlobImmutableDueToPolicy", BERTH_PERMISSION_DENIED, ""},
    Meaning{"BlobArchived", BERTH_UNSUPPORTED_METHOD,
            "it lies in the archive tier; move it to an online tier first"},
    Meaning{"BlobBeingRehydrated", BERTH_UNAVAILABLE, "it is on its way out of the archive tier"},
    Meaning{"PendingCopyOperation", BERTH_UNAVAILABLE, "a copy onto it is under way"},
    Meaning{"BlockCountExceedsLimit", BERTH_NO_SPACE, "a blob holds at most 50,000 blocks"},
    Meaning{"RequestBodyTooLarge", BERTH_NO_SPACE, ""},
    Meaning{"InvalidBlobType", BERTH_UNKNOWN, "the blob that is there is of another type"},
    Meaning{"Md5Mismatch", BERTH_CORRUPT, ""},
    Meaning{"InvalidUri", BERTH_INVALID_PATH, ""},
    Meaning{"ServerBusy", BERTH_RATE_LIMITED, ""},
    Meaning{"AccountBeingCreated", BERTH_UNAVAILABLE, ""},
};

const Meaning* meaning_of(const ServiceError& error) {
  const auto found = std::find_if(meanings.begin(), meanings.end(),
                                  [&](const Meaning& m) { return m.code == error.code; });
  return found == meanings.end() ? nullptr : &*found;
}

berth_status status_of(const ServiceError& error) {
  if (const Meaning* meaning = meaning_of(error)) return meaning->status;
  if (is_missing_blob(error)) return BERTH_PATH_NOT_FOUND;
  switch (error.status) {
    case 401:
      return BERTH_UNAUTHENTICATED;
    case 403:
      return BERTH_PERMISSION_DENIED;
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

std::string reason_of(const ServiceError& error) {
  const Meaning* meaning = meaning_of(error);
  if (meaning && !meaning->text.empty()) return std::string(meaning->text);
  if (!error.message.empty()) return error.message;
  if (error.status == 403) return "access denied";
  std::string text = "the service answered " + std::to_string(error.status);
  return error.code.empty() ? text : text + ' ' + error.code;
}

// Behind the first line come request id and time.
std::string first_line(const std::string& text) {
  return text.substr(0, text.find_first_of("\r\n"));
}

void read_document(const http::Response& answer, ServiceError& error) {
  if (answer.body.empty()) return;
  try {
    const common::Xml xml(answer.body, "an error");
    if (error.code.empty()) error.code = common::xml_text(xml.root(), "Code");
    error.message = first_line(common::xml_text(xml.root(), "Message"));
  } catch (const sdk::Error&) {  // a proxy's HTML page: the status has to do
  }
}

}  // namespace

bool is_missing_blob(const ServiceError& error) {
  return error.status == 404 &&
         (error.code.empty() || error.code == "BlobNotFound" || error.code == "ResourceNotFound");
}

ServiceError read_service_error(const http::Response& answer) {
  ServiceError error;
  error.status = answer.status;
  if (answer.ok()) return error;
  error.code = answer.headers.get("x-ms-error-code");
  error.request_id = answer.headers.get("x-ms-request-id");
  read_document(answer, error);
  return error;
}

sdk::Error error_from(const ServiceError& error, std::string_view doing) {
  const berth_status status = status_of(error);
  // The host words a missing path itself.
  std::string text = status == BERTH_PATH_NOT_FOUND
                         ? std::string()
                         : "cannot " + std::string(doing) + ": " + reason_of(error);
  sdk::Error result(status, std::move(text));
  const Verdict verdict = judge(error);
  result.code(error.code)
      .request_id(error.request_id)
      .protocol_status(error.status)
      .retryable(verdict == Verdict::retry || verdict == Verdict::slow_down);
  return result;
}

sdk::Error error_from(const http::Response& answer, std::string_view doing) {
  return error_from(read_service_error(answer), doing).retry_after(http::retry_after(answer));
}

Verdict judge(const ServiceError& error) {
  if (error.status >= 200 && error.status < 300) return Verdict::accept;
  // The clock may be the reason; where it is right, this changes nothing and is final.
  if (error.code == "AuthenticationFailed") return Verdict::skewed;
  if (error.code == "PendingCopyOperation") return Verdict::retry;
  if (error.status == 501) return Verdict::refuse;
  if (error.status == 429 || error.status == 503) return Verdict::slow_down;
  return error.status == 408 || error.status >= 500 ? Verdict::retry : Verdict::refuse;
}

}  // namespace berth::azure
