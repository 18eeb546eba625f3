// SPDX-License-Identifier: Apache-2.0
//
// This program once more, as a child that may crash or hang.
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

namespace berth::cli {

struct ChildEnd {
  std::string report;   // what it wrote to the descriptor of its option --report
  std::string printed;  // what it wrote to stdout
  int code = 0;         // its exit code
  std::string text;     // how it ended if not by exiting: "crashed: SIGSEGV (Segmentation fault)"
  std::vector<std::string> calls;  // calls of a driver that were in progress: 'put of "/a"'
};

// Runs /proc/self/exe with these arguments and --report FD, and waits for its end, at most so long.
// A stop request ends it. stderr is shared. Of each output the first mebibyte is kept. Throws
// std::system_error when the child cannot be started.
ChildEnd run_self(std::vector<std::string> arguments, std::chrono::milliseconds timeout,
                  const std::stop_token& stop);

}  // namespace berth::cli
