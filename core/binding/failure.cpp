// SPDX-License-Identifier: Apache-2.0
//
// A berth_error is the driver's to fill: strings may lack their NUL, be cut within a character, or
// hold newlines.
#include "binding/failure.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <berth/errors.hpp>

#include "model/utf8.hpp"

namespace berth::binding {
namespace {

constexpr std::array<std::string_view, 22> names{
    "ok",
    "unknown",
    "path not found",
    "invalid path",
    "invalid offset",
    "unsupported method",
    "invalid parameters",
    "already exists",
    "precondition failed",
    "unauthenticated",
    "permission denied",
    "rate limited",
    "unavailable",
    "deadline exceeded",
    "cancelled",
    "no space",
    "corrupt",
    "input/output error",
    "wrong state",
    "internal error",
    "not modified",
    "conflict",
};

// What the host says when the driver does not, by status.
constexpr std::array<std::string_view, 22> sentences{
    "",
    "the driver failed without saying why",
    "",
    "",
    "",
    "",
    "the driver refuses the parameters without saying why",
    "an object is there already",
    "the object changed meanwhile",
    "there are no credentials, or wrong ones",
    "the credentials do not allow it",
    "the service asks to slow down",
    "the service or the network does not answer properly",
    "the deadline of the call passed",
    "the call was cancelled",
    "there is no space left, or the object is too large",
    "stored or transferred bytes are not what they should be",
    "the operating system failed",
    "the call is not allowed in the present state of the object",
    "the driver has a bug",
    "the object has the etag of if_none_match",
    "another client is changing the object; try again",
};

bool is_known(berth_status status) {
  return status >= 0 && static_cast<std::size_t>(status) < names.size();
}

template <std::size_t N>
std::string text_of(const char (&field)[N]) {
  return model::one_line({field, ::strnlen(field, N)});
}

ErrorDetail detail_of(const CallContext& context) {
  return ErrorDetail{.driver = std::string(context.driver),
                     .store = std::string(context.store),
                     .path = std::string(context.path),
                     .operation = std::string(context.operation)};
}

ErrorDetail detail_of(const CallContext& context, std::string message) {
  ErrorDetail detail = detail_of(context);
  detail.message = std::move(message);
  return detail;
}

std::string message_of(berth_status status, const berth_error& error,
                       const std::string& long_message) {
  std::string message =
      long_message.empty() ? text_of(error.message) : model::one_line(long_message);
  if (!is_known(status))
    message += (message.empty() ? "the driver answered with" : ";") +
               (" status " + std::to_string(status)) + ", which this host does not know";
  if (message.empty()) message = sentences[static_cast<std::size_t>(status)];
  return message;
}

ErrorDetail detail_of(const CallContext& context, berth_status status, const berth_error& error,
                      const std::string& long_message) {
  ErrorDetail detail = detail_of(context, message_of(status, error, long_message));
  detail.service_code = text_of(error.code);
  detail.request_id = text_of(error.request_id);
  detail.os_errno = error.os_errno;
  detail.protocol_status = error.protocol_status;
  detail.retryable = (error.flags & BERTH_ERROR_RETRYABLE) != 0;
  detail.retry_after = std::chrono::milliseconds(error.retry_after_ms);
  return detail;
}

template <class Subclass>
[[noreturn]] void raise(ErrorDetail&& detail) {
  throw Subclass(std::move(detail));
}

using Raise = void (*)(ErrorDetail&&);
constexpr std::array<Raise, 22> raisers{
    &raise<InternalError>,  // OK is no failure
    &raise<Error>,
    &raise<PathNotFoundError>,
    &raise<InvalidPathError>,
    &raise<InvalidOffsetError>,
    &raise<UnsupportedMethodError>,
    &raise<InvalidParametersError>,
    &raise<AlreadyExistsError>,
    &raise<PreconditionFailedError>,
    &raise<UnauthenticatedError>,
    &raise<PermissionDeniedError>,
    &raise<RateLimitedError>,
    &raise<UnavailableError>,
    &raise<DeadlineExceededError>,
    &raise<CancelledError>,
    &raise<NoSpaceError>,
    &raise<CorruptError>,
    &raise<IoError>,
    &raise<WrongStateError>,
    &raise<InternalError>,
    &raise<NotModifiedError>,
    &raise<ConflictError>,
};

[[noreturn]] void raise(berth_status status, ErrorDetail&& detail) {
  raisers[is_known(status) ? static_cast<std::size_t>(status) : 1](std::move(detail));
  std::abort();  // every raiser throws
}

}  // namespace

std::string_view status_name(berth_status status) noexcept {
  return names[is_known(status) ? static_cast<std::size_t>(status) : 1];
}

void throw_failure(const CallContext& context, berth_status status, const berth_error& error,
                   const std::string& long_message) {
  raise(status, detail_of(context, status, error, long_message));
}

void throw_failure(const CallContext& context, berth_status status, std::string message) {
  raise(status, detail_of(context, std::move(message)));
}

void throw_misbehaviour(const CallContext& context, std::string what) {
  throw InternalError(detail_of(context, std::move(what) + "; this is a bug in the driver"));
}

void throw_deadline(const CallContext& context, std::string what) {
  throw DeadlineExceededError(detail_of(context, std::move(what)));
}

void throw_cancelled(const CallContext& context, std::string what) {
  throw CancelledError(detail_of(context, std::move(what)));
}

void throw_wrong_state(const CallContext& context, std::string what) {
  throw WrongStateError(detail_of(context, std::move(what)));
}

}  // namespace berth::binding
