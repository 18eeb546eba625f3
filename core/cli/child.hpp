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
  std::string output;  // what it wrote to stdout
  int code = 0;        // its exit code
  std::string text;    // how it ended if not by exiting: "crashed: SIGSEGV (Segmentation fault)"
};

// Runs /proc/self/exe with these arguments and waits for its end, at most so long. A stop request
// ends it. stderr is shared.
ChildEnd run_self(const std::vector<std::string>& arguments, std::chrono::milliseconds timeout,
                  const std::stop_token& stop);

}  // namespace berth::cli
