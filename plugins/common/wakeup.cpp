// SPDX-License-Identifier: Apache-2.0
#include "common/wakeup.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace berth::common {
namespace {

using std::chrono::milliseconds;

// How often a cancelled call is noticed when its descriptor cannot be watched.
constexpr milliseconds cancel_poll{50};

milliseconds poll_timeout(const sdk::Call& call) {
  milliseconds time = call.cancel_fd() < 0 ? cancel_poll : milliseconds(60'000);
  if (call.has_deadline()) time = std::min(time, std::chrono::ceil<milliseconds>(call.remaining()));
  return time;
}

}  // namespace

// Of one thread that waits; without a descriptor when the process has none left.
class Wakeup::Event {
 public:
  explicit Event(Wakeup& owner) : owner_(owner), fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    const std::lock_guard lock(owner_.mutex_);
    owner_.fd_ = fd_;
  }
  ~Event() {
    {
      const std::lock_guard lock(owner_.mutex_);
      owner_.fd_ = -1;
    }
    if (fd_ >= 0) ::close(fd_);
  }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  int fd() const noexcept { return fd_; }

 private:
  Wakeup& owner_;
  const int fd_;
};

void Wakeup::raise() noexcept {
  const std::lock_guard lock(mutex_);
  raised_ = true;
  changed_.notify_one();
  const uint64_t one = 1;
  if (fd_ < 0) return;
  [[maybe_unused]] const ssize_t ignored = ::write(fd_, &one, sizeof one);  // full is raised, too
}

bool Wakeup::take() noexcept {
  const std::lock_guard lock(mutex_);
  return std::exchange(raised_, false);
}

void Wakeup::wait_for_event(const Event& event, const sdk::Call& call) {
  if (event.fd() < 0) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::min(poll_timeout(call), cancel_poll), [&] { return raised_; });
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    if (raised_) return;  // before the descriptor was there
  }
  pollfd fds[2] = {{event.fd(), POLLIN, 0}, {call.cancel_fd(), POLLIN, 0}};
  ::poll(fds, call.cancel_fd() < 0 ? 1 : 2, static_cast<int>(poll_timeout(call).count()));
}

void Wakeup::wait(const sdk::Call& call) {
  call.check();
  if (take()) return;
  wait_for_event(Event(*this), call);
  take();
  call.check();
}

}  // namespace berth::common
