// SPDX-License-Identifier: Apache-2.0
//
// Errors to exit codes.
#include "cli/exit_code.hpp"

#include <berth/errors.hpp>

#include "cli/usage_error.hpp"

namespace berth::cli {
namespace {

template <class... Kinds>
bool is_any_of(const std::exception& error) noexcept {
  return (... || (dynamic_cast<const Kinds*>(&error) != nullptr));
}

}  // namespace

ExitCode exit_code_of(const std::exception& error) noexcept {
  if (is_any_of<UsageError, InvalidPathError, InvalidOffsetError>(error)) return kUsage;
  if (is_any_of<PathNotFoundError>(error)) return kNotFound;
  if (is_any_of<PermissionDeniedError, UnauthenticatedError>(error)) return kDenied;
  if (is_any_of<InvalidParametersError, InvalidStorageDriverError>(error)) return kConfig;
  if (is_any_of<UnavailableError, DeadlineExceededError, RateLimitedError>(error)) {
    return kUnavailable;
  }
  if (is_any_of<CancelledError>(error)) return kInterrupted;
  return kFailed;
}

}  // namespace berth::cli
