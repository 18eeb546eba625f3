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
  if (is_any_of<UsageError, InvalidPathError, InvalidOffsetError>(error)) return exit_usage;
  if (is_any_of<PathNotFoundError>(error)) return exit_not_found;
  if (is_any_of<PermissionDeniedError, UnauthenticatedError>(error)) return exit_denied;
  if (is_any_of<InvalidParametersError, InvalidStorageDriverError>(error)) return exit_config;
  if (is_any_of<UnavailableError, DeadlineExceededError, RateLimitedError>(error)) {
    return exit_unavailable;
  }
  if (is_any_of<CancelledError>(error)) return exit_interrupted;
  return exit_failed;
}

}  // namespace berth::cli
