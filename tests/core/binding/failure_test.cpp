// SPDX-License-Identifier: Apache-2.0
//
// Every status is one exception, with everything that the driver reported.
#include "binding/failure.hpp"

#include <cstring>
#include <string>

#include <doctest/doctest.h>

#include <berth/errors.hpp>

namespace {

const berth::binding::CallContext context{"s3", "cloud", "put", "/a"};

template <class Subclass>
void check_subclass(berth_status status) {
  berth_error error{};
  CHECK_THROWS_AS(berth::binding::throw_failure(context, status, error), Subclass);
}

std::string text_of(berth_status status, const char* message = "") {
  berth_error error{};
  std::strcpy(error.message, message);
  try {
    berth::binding::throw_failure(context, status, error);
  } catch (const berth::Error& failure) {
    return failure.what();
  }
}

}  // namespace

TEST_CASE("each status has its exception") {
  check_subclass<berth::Error>(BERTH_STATUS_UNKNOWN);
  check_subclass<berth::PathNotFoundError>(BERTH_STATUS_PATH_NOT_FOUND);
  check_subclass<berth::InvalidPathError>(BERTH_STATUS_INVALID_PATH);
  check_subclass<berth::InvalidOffsetError>(BERTH_STATUS_INVALID_OFFSET);
  check_subclass<berth::UnsupportedMethodError>(BERTH_STATUS_UNSUPPORTED_METHOD);
  check_subclass<berth::InvalidParametersError>(BERTH_STATUS_INVALID_PARAMETERS);
  check_subclass<berth::AlreadyExistsError>(BERTH_STATUS_ALREADY_EXISTS);
  check_subclass<berth::PreconditionFailedError>(BERTH_STATUS_PRECONDITION_FAILED);
  check_subclass<berth::UnauthenticatedError>(BERTH_STATUS_UNAUTHENTICATED);
  check_subclass<berth::PermissionDeniedError>(BERTH_STATUS_PERMISSION_DENIED);
  check_subclass<berth::RateLimitedError>(BERTH_STATUS_RATE_LIMITED);
  check_subclass<berth::UnavailableError>(BERTH_STATUS_UNAVAILABLE);
  check_subclass<berth::DeadlineExceededError>(BERTH_STATUS_DEADLINE_EXCEEDED);
  check_subclass<berth::CancelledError>(BERTH_STATUS_CANCELLED);
  check_subclass<berth::NoSpaceError>(BERTH_STATUS_NO_SPACE);
  check_subclass<berth::CorruptError>(BERTH_STATUS_CORRUPT);
  check_subclass<berth::IoError>(BERTH_STATUS_IO);
  check_subclass<berth::WrongStateError>(BERTH_STATUS_WRONG_STATE);
  check_subclass<berth::InternalError>(BERTH_STATUS_INTERNAL);
  check_subclass<berth::NotModifiedError>(BERTH_STATUS_NOT_MODIFIED);
  check_subclass<berth::ConflictError>(BERTH_STATUS_CONFLICT);
}

TEST_CASE("everything that the driver reported is in the exception") {
  berth_error error{};
  error.flags = BERTH_ERROR_RETRYABLE;
  error.os_errno = 5;
  error.protocol_status = 503;
  error.retry_after_ms = 1500;
  std::strcpy(error.code, "SlowDown");
  std::strcpy(error.request_id, "7F3A");
  std::strcpy(error.message, "slow down");
  try {
    berth::binding::throw_failure(context, BERTH_STATUS_RATE_LIMITED, error);
  } catch (const berth::RateLimitedError& failure) {
    CHECK(std::string(failure.what()) ==
          "s3: put /a: slow down [SlowDown, status 503, request 7F3A]");
    CHECK(failure.store() == "cloud");
    CHECK(failure.operation() == "put");
    CHECK(failure.path() == "/a");
    CHECK(failure.retryable());
    CHECK(failure.retry_after() == std::chrono::milliseconds(1500));
    CHECK(failure.os_errno() == 5);
  }
}

TEST_CASE("the host writes the message where the driver wrote none") {
  CHECK(text_of(BERTH_STATUS_PATH_NOT_FOUND) == "s3: Path not found: /a");
  CHECK(text_of(BERTH_STATUS_INVALID_PATH) == "s3: invalid path: /a");
  CHECK(text_of(BERTH_STATUS_UNSUPPORTED_METHOD) == "s3: unsupported method: put");
  CHECK(text_of(BERTH_STATUS_NO_SPACE) ==
        "s3: put /a: there is no space left, or the object is too large");
  CHECK(text_of(BERTH_STATUS_UNKNOWN) == "s3: put /a: the driver failed without saying why");
}

TEST_CASE("an unknown status keeps the driver's message") {
  CHECK(text_of(-7, "odd") == "s3: put /a: odd; status -7, which this host does not know");
}
