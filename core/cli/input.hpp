// SPDX-License-Identifier: Apache-2.0
//
// What put reads: a local file, the standard input, a named pipe, or an inherited descriptor.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "cli/file_tree.hpp"

namespace berth::cli {

// "-" is the standard input. /dev/stdin, /dev/fd/N and /proc/self/fd/N, as `<(command)` of a shell
// gives, are read from that descriptor. A wait for a pipe's writer ends when the command is asked
// to stop. Throws UsageError for a folder.
std::unique_ptr<Source> open_input(const std::string& name, std::stop_token stop);

}  // namespace berth::cli
