// SPDX-License-Identifier: Apache-2.0
//
// A thread with a signalfd: request_stop() runs callbacks, which no signal handler may.
#include "cli/signals.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <system_error>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/exit_code.hpp"
#include "cli/start_thread.hpp"

namespace berth::cli {
namespace {

sigset_t watched() noexcept {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    // nohup and background jobs of old shells ignore some on purpose.
    struct sigaction current {};
    ::sigaction(signal, nullptr, &current);
    if (current.sa_handler != SIG_IGN) ::sigaddset(&set, signal);
  }
  return set;
}

int checked(int fd, const char* what) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
  return fd;
}

}  // namespace

Signals::Signals() {
  ::signal(SIGPIPE, SIG_IGN);  // also for sockets of plugins, whose libraries do not all see to it
  ::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error, EFBIG
  const auto set = watched();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_ = checked(::signalfd(-1, &set, SFD_CLOEXEC), "signalfd");
  leave_ = checked(::eventfd(0, EFD_CLOEXEC), "eventfd");
  watcher_ = start_thread([this] { watch(); });
}

Signals::~Signals() {
  const std::uint64_t one = 1;
  if (::write(leave_, &one, sizeof one) != sizeof one) std::abort();
  watcher_.join();
  ::close(signals_);
  ::close(leave_);
}

void Signals::watch() {
  std::array<pollfd, 2> both{{{signals_, POLLIN, 0}, {leave_, POLLIN, 0}}};
  for (;;) {
    if (::poll(both.data(), both.size(), -1) < 0) continue;
    if (both[1].revents != 0) return;
    signalfd_siginfo info{};
    if (::read(signals_, &info, sizeof info) != sizeof info) continue;
    if (!source_.request_stop()) ::_exit(exit_interrupted);
  }
}

void die_of_broken_pipe() noexcept {
  ::signal(SIGPIPE, SIG_DFL);
  ::raise(SIGPIPE);
  ::_exit(exit_pipe);  // where it is blocked
}

}  // namespace berth::cli
