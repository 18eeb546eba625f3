// SPDX-License-Identifier: Apache-2.0
//
// What the command's exit says; `berth --help` prints the same list.
#pragma once

#include <exception>

namespace berth::cli {

enum ExitCode : int {
  exit_ok = 0,
  exit_failed = 1,       // some or all of it failed
  exit_usage = 2,        // the command line is wrong
  exit_not_found = 3,    // no such file, directory
  exit_denied = 4,       // credentials or permissions
  exit_config = 5,       // config file, parameters, no such driver
  exit_unavailable = 6,  // the service does not answer, or not in time
  exit_interrupted = 130,
  exit_pipe = 141,
};

// The exit code for an exception of a command.
ExitCode exit_code_of(const std::exception& error) noexcept;

}  // namespace berth::cli
