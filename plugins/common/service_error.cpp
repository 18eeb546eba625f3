// SPDX-License-Identifier: Apache-2.0
#include "common/service_error.hpp"

#include <algorithm>

#include "common/xml.hpp"

namespace berth::common {
namespace {

// Messages of services may hold line breaks.
std::string one_line(std::string_view reason) {
  std::string text(reason);
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20; }, ' ');
  return text;
}

}  // namespace

ServiceError read_service_error(const http::Response& answer, std::string_view id_header) {
  ServiceError error;
  error.status = answer.status;
  error.request_id = answer.headers.get(id_header);
  if (answer.body.empty()) return error;
  try {
    const Xml xml(answer.body, "an error");
    const pugi::xml_node root = xml.root();
    error.code = xml_text(root, "Code");
    error.message = xml_text(root, "Message");
    error.region = xml_text(root, "Region");
    error.endpoint = xml_text(root, "Endpoint");
    if (error.request_id.empty()) error.request_id = xml_text(root, "RequestId");
  } catch (const sdk::Error&) {  // a proxy's HTML page: the status has to do
  }
  return error;
}

berth_status status_by_number(int number) noexcept {
  switch (number) {
    case 401:
      return BERTH_STATUS_UNAUTHENTICATED;
    case 403:
      return BERTH_STATUS_PERMISSION_DENIED;
    case 412:
      return BERTH_STATUS_PRECONDITION_FAILED;
    case 429:
    case 503:
      return BERTH_STATUS_RATE_LIMITED;
    case 501:
      return BERTH_STATUS_UNSUPPORTED_METHOD;
    case 507:
      return BERTH_STATUS_NO_SPACE;
    default:
      return number >= 500 ? BERTH_STATUS_UNAVAILABLE : BERTH_STATUS_UNKNOWN;
  }
}

http::Verdict verdict_by_number(int number) noexcept {
  using http::Verdict;
  if (number == 501) return Verdict::refuse;
  if (number == 429 || number == 503) return Verdict::slow_down;
  return number == 408 || number >= 500 ? Verdict::retry : Verdict::refuse;
}

std::string plain_reason(const ServiceError& error) {
  if (!error.message.empty()) return error.message;
  if (error.status == 403) return "access denied";
  const std::string text = "the service answered " + std::to_string(error.status);
  return error.code.empty() ? text : text + ' ' + error.code;
}

sdk::Error error_of(const ServiceError& error, berth_status status, http::Verdict verdict,
                    std::string_view doing, std::string_view reason) {
  std::string text = status == BERTH_STATUS_PATH_NOT_FOUND
                         ? std::string()
                         : "cannot " + std::string(doing) + ": " + one_line(reason);
  sdk::Error result(status, std::move(text));
  result.code(error.code)
      .request_id(error.request_id)
      .protocol_status(error.status)
      .retryable(verdict == http::Verdict::retry || verdict == http::Verdict::slow_down);
  return result;
}

}  // namespace berth::common
