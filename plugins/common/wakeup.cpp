// SPDX-License-Identifier: Apache-2.0
#include "common/wakeup.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>

namespace berth::common {
namespace {

using std::chrono::milliseconds;

// Without a descriptor of the call to watch, cancelling is noticed by looking.
int patience(const sdk::Call& call) {
  auto time = milliseconds(call.cancel_fd() < 0 ? 50 : 60'000);
  if (call.has_deadline()) time = std::min(time, std::chrono::ceil<milliseconds>(call.remaining()));
  return static_cast<int>(time.count());
}

}  // namespace

Wakeup::Wakeup() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (fd_ < 0) throw sdk::from_errno(errno, "cannot make an eventfd");
}

Wakeup::~Wakeup() {
  ::close(fd_);
}

void Wakeup::raise() noexcept {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t ignored = ::write(fd_, &one, sizeof one);  // full is raised, too
}

void Wakeup::wait(const sdk::Call& call) {
  call.check();
  pollfd fds[2] = {{fd_, POLLIN, 0}, {call.cancel_fd(), POLLIN, 0}};
  ::poll(fds, call.cancel_fd() < 0 ? 1 : 2, patience(call));
  uint64_t count;
  [[maybe_unused]] const ssize_t ignored = ::read(fd_, &count, sizeof count);
  call.check();
}

}  // namespace berth::common
