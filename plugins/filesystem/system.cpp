// SPDX-License-Identifier: Apache-2.0
//
// Read, write and sync, with retries.
#include "system.hpp"

#include <pthread.h>

#include <algorithm>
#include <ctime>

namespace berth::filesystem {
namespace {

constexpr std::size_t slice = std::size_t{16} << 20;

}  // namespace

FileSizeSignal::FileSizeSignal() noexcept {
  ::sigemptyset(&signal_);
  ::sigaddset(&signal_, SIGXFSZ);
  ::pthread_sigmask(SIG_BLOCK, &signal_, &before_);
  // The signal can be pending only if the program itself blocks it.
  sigset_t pending;
  pending_before_ = ::sigismember(&before_, SIGXFSZ) == 1 && ::sigpending(&pending) == 0 &&
                    ::sigismember(&pending, SIGXFSZ) == 1;
}

FileSizeSignal::~FileSizeSignal() {
  const int error = errno;
  if (raised_ && !pending_before_) {
    const timespec now{};
    retry_interrupted([&] { return ::sigtimedwait(&signal_, nullptr, &now); });
  }
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  errno = error;
}

void write_all(int fd, std::string_view bytes, std::uint64_t offset, const sdk::Call& call) {
  FileSizeSignal signal;
  while (!bytes.empty()) {
    const std::size_t part = std::min(bytes.size(), slice);
    const ssize_t done = retry_interrupted(
        [&] { return ::pwrite(fd, bytes.data(), part, static_cast<off_t>(offset)); });
    if (done < 0 && errno == EFBIG) signal.raised();
    if (done < 0) throw Failure(errno, "write");
    if (done == 0) throw Failure(EIO, "write");  // or the loop would not end
    bytes.remove_prefix(static_cast<std::size_t>(done));
    offset += static_cast<std::uint64_t>(done);
    if (!bytes.empty()) call.check();
  }
}

std::size_t read_full(int fd, char* to, std::size_t n, std::uint64_t offset,
                      const sdk::Call& call) {
  std::size_t got = 0;
  while (got < n) {
    const std::size_t part = std::min(n - got, slice);
    const ssize_t done = retry_interrupted(
        [&] { return ::pread(fd, to + got, part, static_cast<off_t>(offset + got)); });
    if (done < 0) throw Failure(errno, "read");
    if (done == 0) break;
    got += static_cast<std::size_t>(done);
    if (got < n) call.check();
  }
  return got;
}

struct stat status_of(int fd) {
  struct stat status;
  if (::fstat(fd, &status) != 0) throw Failure(errno, "stat");
  return status;
}

// Not retried after a failure: the kernel may have dropped the dirty pages, and a second call would
// succeed although the data is lost.
void sync_data(int fd) {
  if (::fdatasync(fd) != 0) throw Failure(errno, "sync");
}

void sync_directory(int fd) {
  if (::fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP)
    throw Failure(errno, "sync the directory of");
}

void require_regular(const struct stat& status) {
  if (S_ISREG(status.st_mode)) return;
  if (S_ISDIR(status.st_mode)) throw sdk::path_not_found();
  const char* kind = S_ISFIFO(status.st_mode)   ? "a FIFO"
                     : S_ISSOCK(status.st_mode) ? "a socket"
                     : S_ISLNK(status.st_mode)  ? "a symbolic link"
                                                : "a device";
  throw sdk::Error(BERTH_STATUS_IO,
                   std::string("the file at this path is ") + kind +
                       " and not a regular file; remove it from the root directory")
      .os_errno(EINVAL);
}

std::optional<std::int64_t> mtime_ns(const struct stat& status) noexcept {
  std::int64_t ns = 0;
  if (__builtin_mul_overflow(status.st_mtim.tv_sec, std::int64_t{1'000'000'000}, &ns) ||
      __builtin_add_overflow(ns, status.st_mtim.tv_nsec, &ns))
    return std::nullopt;
  return ns;
}

sdk::Stat file_stat(const struct stat& status) {
  return {false, static_cast<std::uint64_t>(status.st_size), mtime_ns(status), {}};
}

bool same_file(const struct stat& a, const struct stat& b) noexcept {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

}  // namespace berth::filesystem
