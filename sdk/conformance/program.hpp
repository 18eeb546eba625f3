// SPDX-License-Identifier: Apache-2.0
//
// Runs another program to its end, with files as its standard input and output. A program that does
// not exist has the exit code 127, as in a shell.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace berth::conformance {

// A file without a name, removed with the object.
class TemporaryFile final {
 public:
  explicit TemporaryFile(std::string_view content = {});

  int fd() const noexcept;
  std::string content() const;  // everything in the file

 private:
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

// Returns the exit code; -1 when a signal ended the program. words[0] is searched in $PATH.
// Standard error is this program's. Throws std::system_error when no process can be started. [any]
[[nodiscard]] int run_program(const std::vector<std::string>& words, const TemporaryFile& input,
                              const TemporaryFile& output);

}  // namespace berth::conformance
