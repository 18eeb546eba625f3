// SPDX-License-Identifier: Apache-2.0
//
// Errors to exit codes, also those that no local driver makes.
#include "cli/exit_code.hpp"

#include <stdexcept>

#include <doctest/doctest.h>

#include <berth/errors.hpp>

#include "cli/usage_error.hpp"

using namespace berth;
using cli::exit_code_of;

TEST_CASE("each kind of error has the exit code that --help promises") {
  CHECK(exit_code_of(cli::UsageError("x")) == 2);
  CHECK(exit_code_of(InvalidPathError({})) == 2);
  CHECK(exit_code_of(PathNotFoundError({})) == 3);
  CHECK(exit_code_of(UnauthenticatedError({})) == 4);
  CHECK(exit_code_of(PermissionDeniedError({})) == 4);
  CHECK(exit_code_of(InvalidParametersError({})) == 5);
  CHECK(exit_code_of(InvalidStorageDriverError("x", "")) == 5);
  CHECK(exit_code_of(UnavailableError({})) == 6);
  CHECK(exit_code_of(DeadlineExceededError({})) == 6);
  CHECK(exit_code_of(RateLimitedError({})) == 6);
  CHECK(exit_code_of(CancelledError({})) == 130);
}

TEST_CASE("every other error is a failure") {
  CHECK(exit_code_of(NoSpaceError({})) == 1);
  CHECK(exit_code_of(UnsupportedMethodError({})) == 1);
  CHECK(exit_code_of(std::runtime_error("x")) == 1);
}
