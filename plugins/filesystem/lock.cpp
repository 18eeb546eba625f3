// SPDX-License-Identifier: Apache-2.0
//
// flock, and the release of locks in a forked child.
#include "lock.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <thread>
#include <tuple>
#include <vector>

namespace berth::filesystem {
namespace {

constexpr std::chrono::seconds wait_limit{10};
constexpr std::chrono::microseconds first_pause{20};
constexpr std::chrono::microseconds longest_pause{1000};

// The descriptors of the locks that this process holds.
class HeldLocks {
 public:
  // Never destroyed, because threads may hold locks after main() returned.
  static HeldLocks& instance() {
    static HeldLocks& locks = *new HeldLocks;
    return locks;
  }

  void add(int fd) {
    const std::lock_guard lock(mutex_);
    fds_.push_back(fd);
  }
  void remove(int fd) noexcept {
    const std::lock_guard lock(mutex_);
    const auto found = std::find(fds_.begin(), fds_.end(), fd);
    if (found != fds_.end()) fds_.erase(found);
  }

 private:
  HeldLocks() : replacement_(::open("/", O_PATH | O_CLOEXEC)) {
    ::pthread_atfork([] { instance().mutex_.lock(); }, [] { instance().mutex_.unlock(); },
                     [] { instance().forget_in_child(); });
  }

  // The descriptor numbers stay in use, so that destroying an inherited writer closes no other
  // file.
  void forget_in_child() noexcept {
    for (const int fd : fds_) ::dup3(replacement_, fd, O_CLOEXEC);
    fds_.clear();
    mutex_.unlock();
  }

  std::mutex mutex_;
  std::vector<int> fds_;
  const int replacement_;
};

int flock_now(int fd) {
  return retry_interrupted([&] { return ::flock(fd, LOCK_EX | LOCK_NB); }) == 0 ? 0 : errno;
}

// Normally takes microseconds, unless another program keeps the lock.
FileLock wait_for(int directory, const sdk::Call* call) {
  const auto end = std::chrono::steady_clock::now() + wait_limit;
  for (auto pause = first_pause;; pause = std::min(2 * pause, longest_pause)) {
    if (auto lock = FileLock::try_lock(directory)) return std::move(*lock);
    if (call) call->check();
    if (std::chrono::steady_clock::now() >= end)
      throw sdk::Error(BERTH_STATUS_WRONG_STATE,
                       "another program keeps the object's directory locked (flock); try again "
                       "after it has released the lock")
          .retryable();
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace

// Adds the descriptor before locking it, so that a fork in between does not miss it.
std::optional<FileLock> FileLock::try_lock(int fd) {
  HeldLocks::instance().add(fd);
  const int error = flock_now(fd);
  if (error == 0) return FileLock(fd);
  HeldLocks::instance().remove(fd);
  if (error == EWOULDBLOCK) return std::nullopt;
  return FileLock();
}

FileLock::~FileLock() {
  if (fd_ < 0) return;
  ::flock(fd_, LOCK_UN);
  HeldLocks::instance().remove(fd_);
}

DirectoryLock::DirectoryLock(int directory, const sdk::Call* call)
    : lock_(wait_for(directory, call)) {}

DirectoryLocks::DirectoryLocks(int first, int second, const sdk::Call& call) {
  const struct stat a = status_of(first);
  const struct stat b = status_of(second);
  const bool swap = std::tie(b.st_dev, b.st_ino) < std::tie(a.st_dev, a.st_ino);
  lower_.emplace(swap ? second : first, &call);
  if (!same_file(a, b)) higher_.emplace(swap ? first : second, &call);
}

}  // namespace berth::filesystem
