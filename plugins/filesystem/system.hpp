// SPDX-License-Identifier: Apache-2.0
//
// System calls as the driver uses them: descriptors by RAII, EINTR and short writes looped,
// failures as one exception that remembers errno. The driver adds the path when it reports them.
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

// A failed system call; `doing` reads after "cannot" and before the path: "write", "open".
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

  // Some file systems report only here that the data did not fit.
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

// Keeps a write beyond RLIMIT_FSIZE from raising SIGXFSZ, which kills the process: the signal is
// blocked for this thread, and consumed if the write raised it. The program's handlers stay as they
// are.
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

// All of bytes at offset, in slices, so that a huge write notices that the caller gave up.
void write_all(int fd, std::string_view bytes, std::uint64_t offset, const sdk::Call& call);

// Up to n bytes; fewer only at the end of the file.
std::size_t read_full(int fd, char* to, std::size_t n, std::uint64_t offset, const sdk::Call& call);

struct stat status_of(int fd);
void sync_data(int fd);

// Makes the names in a directory durable. File systems that cannot are taken as they are.
void sync_directory(int fd);

// Throws unless it is a regular file; a directory is ENOENT, since no object is there.
void require_regular(const struct stat& status);

// Nanoseconds since 1970; nullopt for a time that 64 bits cannot express (before 1678 or after
// 2262).
std::optional<std::int64_t> mtime_ns(const struct stat& status) noexcept;
sdk::Stat file_stat(const struct stat& status);
bool same_file(const struct stat& a, const struct stat& b) noexcept;

}  // namespace berth::filesystem
