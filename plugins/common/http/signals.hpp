// SPDX-License-Identifier: Apache-2.0
//
// No signal of the program is delivered to a thread that a driver starts: threads inherit the mask
// of the one that starts them, curl's own included.
#ifndef BERTH_COMMON_HTTP_SIGNALS_HPP
#define BERTH_COMMON_HTTP_SIGNALS_HPP

#include <csignal>

namespace berth::http {

// Blocks all signals in this thread while it lives.
class SignalBlock {
 public:
  SignalBlock() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~SignalBlock() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalBlock(const SignalBlock&) = delete;
  SignalBlock& operator=(const SignalBlock&) = delete;

 private:
  sigset_t before_;
};

}  // namespace berth::http

#endif  // BERTH_COMMON_HTTP_SIGNALS_HPP
