// SPDX-License-Identifier: Apache-2.0
//
// Detects fork(). An object made before it knows that it now lives in the child, where the threads
// of the parent are missing and its connections belong to the parent. A handler of pthread_atfork
// counts the forks, so that a check is one load and no system call. Children made by vfork(),
// posix_spawn(), _Fork() or clone() are not counted: they may only exec or exit.
#ifndef BERTH_FORK_HPP
#define BERTH_FORK_HPP

#include <pthread.h>

#include <atomic>

namespace berth::sdk {

// Remembers the process that made it. [any]
class ProcessMark {
 public:
  ProcessMark() noexcept {
    static const int registered = ::pthread_atfork(nullptr, nullptr, &ProcessMark::count_fork);
    static_cast<void>(registered);  // without memory for the handler no fork is detected
    made_in_ = forks().load(std::memory_order_relaxed);
  }

  // True in a child of the process that made the mark, and in the child's own children.
  bool forked() const noexcept { return made_in_ != forks().load(std::memory_order_relaxed); }

 private:
  static std::atomic<unsigned>& forks() noexcept {
    static std::atomic<unsigned> count{0};
    return count;
  }
  static void count_fork() noexcept { forks().fetch_add(1, std::memory_order_relaxed); }

  unsigned made_in_ = 0;
};

}  // namespace berth::sdk

#endif  // BERTH_FORK_HPP
