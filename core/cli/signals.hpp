// SPDX-License-Identifier: Apache-2.0
//
// Ctrl-C and its kin become a stop request, so that open writers are cancelled and nothing is left
// half-written. A second one ends the process at once.
#pragma once

#include <stop_token>
#include <thread>

#include <signal.h>

namespace berth::cli {

// Made once, before any thread is: it blocks SIGINT, SIGTERM and SIGHUP for all of them, and
// ignores SIGPIPE. A child process restores the mask with unblock().
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  std::stop_token token() const { return source_.get_token(); }

 private:
  void watch();

  std::stop_source source_;
  int signals_ = -1, leave_ = -1;  // signalfd; eventfd that ends the thread
  std::thread watcher_;
};

// Ends the process as if SIGPIPE had, which a shell shows as 141.
[[noreturn]] void die_of_broken_pipe() noexcept;

}  // namespace berth::cli
