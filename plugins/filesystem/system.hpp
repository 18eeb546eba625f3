// SPDX-License-Identifier: Apache-2.0
//
// Wrappers of system calls: descriptors are closed automatically, EINTR and short writes are
// retried, and a failure is an exception with the errno, to which the driver adds the path.
#pragma once

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>

#include <berth/driver.hpp>

namespace berth::filesystem {

// A failed system call. `doing` is the text between "cannot" and the path: "write", "open".
class Failure final : public std::exception {
 public:
  Failure(int number, const char* doing) noexcept : number_(number), doing_(doing) {}

  int number() const noexcept { return number_; }
  const char* doing() const noexcept { return doing_; }
  const char* what() const noexcept override { return doing_; }

 private:
  int number_;
  const char* doing_;
};

class Fd {
 public:
  Fd() noexcept = default;
  explicit Fd(int fd) noexcept : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }

  explicit operator bool() const noexcept { return fd_ >= 0; }
  int get() const noexcept { return fd_; }
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

  // Some file systems report only at close that the data did not fit.
  void close_or_fail(const char* doing) {
    if (::close(std::exchange(fd_, -1)) != 0 && errno != EINTR) throw Failure(errno, doing);
  }

 private:
  int fd_ = -1;
};

template <class Body>
auto retry_interrupted(Body&& body) {
  auto result = body();
  while (result < 0 && errno == EINTR) result = body();
  return result;
}

// Prevents a write beyond RLIMIT_FSIZE from killing the process with SIGXFSZ: blocks the signal for
// this thread, and consumes it if the write raised it. Does not change the program's handlers.
class FileSizeSignal {
 public:
  FileSizeSignal() noexcept;
  ~FileSizeSignal();
  FileSizeSignal(const FileSizeSignal&) = delete;
  FileSizeSignal& operator=(const FileSizeSignal&) = delete;

  void raised() noexcept { raised_ = true; }  // a call failed with EFBIG

 private:
  sigset_t signal_;
  sigset_t before_;
  bool pending_before_ = false;
  bool raised_ = false;
};

// Writes all bytes at offset. A long write checks between slices whether the call has ended.
void write_all(int fd, std::string_view bytes, std::uint64_t offset, const sdk::Call& call);

// Reads up to n bytes; fewer only at the end of the file.
std::size_t read_full(int fd, char* to, std::size_t n, std::uint64_t offset, const sdk::Call& call);

struct stat status_of(int fd);
void sync_data(int fd);

// Syncs the names in a directory. Does nothing on file systems that do not support it.
void sync_directory(int fd);

// Throws unless it is a regular file; PATH_NOT_FOUND for a directory, which is not an object.
void require_regular(const struct stat& status);

// Nanoseconds since 1970; nullopt for a time that 64 bits cannot express (before 1678 or after
// 2262).
std::optional<std::int64_t> mtime_ns(const struct stat& status) noexcept;
sdk::Stat file_stat(const struct stat& status);
bool same_file(const struct stat& a, const struct stat& b) noexcept;

}  // namespace berth::filesystem
