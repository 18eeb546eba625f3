// SPDX-License-Identifier: Apache-2.0
//
// Runs a body in a child process where selected system calls do nothing and return a chosen result
// (seccomp), to simulate kernels and file systems without an operation, or that end it early.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace berth::test {

// The call fails with `error`, or returns 0 if that is 0. With `length`, only calls whose fifth
// argument (the length of copy_file_range) has this value.
struct CallRule {
  long number;
  std::uint32_t error;
  std::uint32_t length = 0;
};

inline sock_filter instruction(unsigned code, std::size_t operand, std::uint8_t skip_if_false = 0) {
  return {static_cast<std::uint16_t>(code), 0, skip_if_false, static_cast<std::uint32_t>(operand)};
}

inline bool install(const std::vector<CallRule>& rules) {
  const std::size_t fifth_argument = offsetof(seccomp_data, args) + 4 * sizeof(std::uint64_t);
  std::vector<sock_filter> program;
  for (const CallRule& rule : rules) {
    const auto result = SECCOMP_RET_ERRNO | rule.error;
    program.push_back(instruction(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
    program.push_back(instruction(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::size_t>(rule.number),
                                  rule.length == 0 ? 1 : 3));
    if (rule.length != 0) {
      program.push_back(instruction(BPF_LD | BPF_W | BPF_ABS, fifth_argument));
      program.push_back(instruction(BPF_JMP | BPF_JEQ | BPF_K, rule.length, 1));
    }
    program.push_back(instruction(BPF_RET | BPF_K, result));
  }
  program.push_back(instruction(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

// Returns what body returned (0 to 125) in a child with these rules; -1: the child could not be
// started.
inline int with_rules(const std::vector<CallRule>& rules, const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(install(rules) ? body() : 126);
  int status = -1;
  ::waitpid(child, &status, 0);
  const int result = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result == 126 ? -1 : result;
}

}  // namespace berth::test
