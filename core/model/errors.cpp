// SPDX-License-Identifier: Apache-2.0
//
// The texts of the exceptions of errors.hpp.
#include <berth/errors.hpp>

namespace berth {
namespace {

std::string with_driver(const ErrorDetail& detail, const std::string& text) {
  return (detail.driver.empty() ? "berth" : detail.driver) + ": " + text;
}

std::string with_reason(std::string text, const ErrorDetail& detail) {
  return detail.message.empty() ? text : text + " (" + detail.message + ")";
}

// "s3: put /a: access denied [AccessDenied, HTTP 403, request 7F3A]"
std::string sentence(const ErrorDetail& detail) {
  std::string text;
  if (!detail.operation.empty()) text += detail.operation;
  if (!detail.path.empty()) text += (text.empty() ? "" : " ") + detail.path;
  if (!text.empty()) text += ": ";
  text += detail.message.empty() ? "failed without saying why" : detail.message;
  std::string service = detail.service_code;
  const auto add = [&service](const std::string& part) {
    service += (service.empty() ? "" : ", ") + part;
  };
  if (detail.protocol_status > 0) add("status " + std::to_string(detail.protocol_status));
  if (!detail.request_id.empty()) add("request " + detail.request_id);
  if (!service.empty()) text += " [" + service + "]";
  return with_driver(detail, text);
}

}  // namespace

Error::Error(ErrorDetail detail) : Error(sentence(detail), std::move(detail)) {}

Error::Error(const std::string& text, ErrorDetail&& detail)
    : std::runtime_error(text), detail_(std::move(detail)) {}

PathNotFoundError::PathNotFoundError(ErrorDetail detail)
    : Error(with_driver(detail, "Path not found: " + detail.path), std::move(detail)) {}

InvalidPathError::InvalidPathError(ErrorDetail detail)
    : Error(with_driver(detail, with_reason("invalid path: " + detail.path, detail)),
            std::move(detail)) {}

InvalidOffsetError::InvalidOffsetError(ErrorDetail detail)
    : Error(with_driver(detail, "invalid offset: " + std::to_string(detail.offset) +
                                    " for path: " + detail.path),
            std::move(detail)) {}

UnsupportedMethodError::UnsupportedMethodError(ErrorDetail detail)
    : Error(with_driver(detail, with_reason(detail.operation.empty()
                                                ? "unsupported method"
                                                : "unsupported method: " + detail.operation,
                                            detail)),
            std::move(detail)) {}

InvalidStorageDriverError::InvalidStorageDriverError(const std::string& name,
                                                     const std::string& explanation)
    : Error(
          "StorageDriver not registered: " + name + (explanation.empty() ? "" : "\n" + explanation),
          ErrorDetail{.driver = name}) {}

InvalidParametersError::InvalidParametersError(ErrorDetail detail)
    : Error(with_driver(detail, detail.message), std::move(detail)) {}

}  // namespace berth
