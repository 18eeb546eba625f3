// SPDX-License-Identifier: Apache-2.0
//
// What the command's exit says; `berth --help` prints the same list.
#pragma once

#include <exception>

namespace berth::cli {

enum ExitCode : int {
  kOk = 0,
  kFailed = 1,       // some or all of it failed
  kUsage = 2,        // the command line is wrong
  kNotFound = 3,     // no such file, directory
  kDenied = 4,       // credentials or permissions
  kConfig = 5,       // config file, parameters, no such driver
  kUnavailable = 6,  // the service does not answer, or not in time
  kInterrupted = 130,
  kPipe = 141,
};

// For what a verb threw.
ExitCode exit_code_of(const std::exception& error) noexcept;

}  // namespace berth::cli
