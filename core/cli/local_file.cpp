// SPDX-License-Identifier: Apache-2.0
//
// Streams over descriptors, EINTR and short counts included.
#include "cli/local_file.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <limits>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <berth/errors.hpp>

#include "cli/local_temporary.hpp"

namespace berth::cli {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) noexcept : fd_(fd) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;

  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  int reset() noexcept { return fd_ < 0 ? 0 : ::close(std::exchange(fd_, -1)); }

 private:
  int fd_;
};

bool same_time(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

// Linux takes the times of files from a clock that ticks every 10 ms at most.
constexpr std::chrono::milliseconds tick{10};

bool changed_in_this_tick(const struct stat& status) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  const auto changed = time_of(status.st_ctim), current = time_of(now);
  return changed && current && *changed <= *current && *current - *changed < tick;
}

// A write in the same tick as the last change would leave no trace in the times.
void wait_for_next_tick(const std::string& path, int fd, struct stat& status) {
  if (!changed_in_this_tick(status)) return;
  std::this_thread::sleep_for(tick);
  if (::fstat(fd, &status) != 0) throw_local("read", path, errno);
}

// A file whose size is reported as 0 may still have content: those of /proc, and of some FUSE file
// systems. It is read until its end.
class LocalSource final : public Source {
 public:
  LocalSource(std::string path, Descriptor fd, const struct stat& opened, std::uint64_t offset,
              std::optional<std::uint64_t> length, std::stop_token stop)
      : path_(std::move(path)),
        fd_(std::move(fd)),
        opened_(opened),
        left_(length.value_or(std::numeric_limits<std::uint64_t>::max())),
        stop_(std::move(stop)) {
    const auto total = static_cast<std::uint64_t>(opened.st_size);
    if (total > 0) size_ = std::min(left_, total - std::min(total, offset));
  }

  std::size_t read(char* buffer, std::size_t size) override {
    if (stop_.stop_requested()) throw CancelledError(ErrorDetail{.driver = "local", .path = path_});
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size, left_));
    for (;;) {
      const auto got = wanted == 0 ? 0 : ::read(fd_.get(), buffer, wanted);
      if (got >= 0) return count(static_cast<std::size_t>(got));
      if (errno != EINTR) throw_local("read", path_, errno);
    }
  }

  void check_complete() override {
    struct stat now {};
    if (::fstat(fd_.get(), &now) != 0) throw_local("read", path_, errno);
    const bool size_is_made_up = delivered_ > 0 && opened_.st_size == 0 && now.st_size == 0;
    if (size_is_made_up) return;  // and so may be its times
    if (now.st_size != opened_.st_size || !same_time(now.st_mtim, opened_.st_mtim) ||
        !same_time(now.st_ctim, opened_.st_ctim)) {
      throw_changed("it changed while it was read");
    }
    if (size_ && delivered_ < *size_) {
      throw_changed("it ended after " + std::to_string(delivered_) + " of " +
                    std::to_string(*size_) + " bytes");
    }
  }

  std::optional<std::uint64_t> size() const override { return size_; }
  std::optional<Time> modified() const override { return time_of(opened_.st_mtim); }

 private:
  std::size_t count(std::size_t got) {
    left_ -= got;
    delivered_ += got;
    if (size_ && delivered_ > *size_) throw_changed("it grew while it was read");
    return got;
  }

  [[noreturn]] void throw_changed(std::string reason) const {
    throw ChangedError({.driver = "local",
                        .path = path_,
                        .operation = "read",
                        .message = std::move(reason),
                        .retryable = true});
  }

  std::string path_;
  Descriptor fd_;
  struct stat opened_;
  std::uint64_t left_;
  std::uint64_t delivered_ = 0;
  std::optional<std::uint64_t> size_;
  std::stop_token stop_;
};

// A pipe or device, which no new file may replace. Waits for who reads it until asked to stop.
class SpecialSink final : public Sink {
 public:
  SpecialSink(std::string path, std::stop_token stop)
      : path_(std::move(path)), stop_(std::move(stop)), fd_(open()) {}
  void write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto written = ::write(fd_.get(), bytes.data(), bytes.size());
      if (written >= 0)
        bytes.remove_prefix(static_cast<std::size_t>(written));
      else
        wait_after(errno, fd_.get());
    }
  }
  void commit() override {
    if (fd_.reset() != 0) throw_local("write", path_, errno);
  }
  bool can_undo() const override { return false; }

 private:
  int open() const {
    for (;;) {
      const int fd = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
      if (fd >= 0) return fd;
      wait_after(errno, fd);
    }
  }

  void wait_after(int error, int fd) const {
    if (stop_.stop_requested()) throw CancelledError(ErrorDetail{.driver = "local", .path = path_});
    const bool no_reader = error == ENXIO && fd < 0;
    if (error != EINTR && error != EAGAIN && !no_reader) throw_local("write", path_, error);
    constexpr int poll_interval_ms = 50;  // milliseconds
    pollfd room{fd, POLLOUT, 0};
    ::poll(&room, fd >= 0 ? 1 : 0, poll_interval_ms);
  }

  std::string path_;
  std::stop_token stop_;
  Descriptor fd_;
};

// Writes to what the output is redirected to, when the path is another name of it: /dev/stdout.
class OutputSink final : public Sink {
 public:
  explicit OutputSink(std::string path) : path_(std::move(path)) {}
  void write(std::string_view bytes) override { write_all(STDOUT_FILENO, bytes, path_); }
  void commit() override {}
  bool can_undo() const override { return false; }

 private:
  std::string path_;
};

bool is_link_to_output(const std::string& path, const struct stat& target) {
  struct stat output {
  }, link{};
  return ::fstat(STDOUT_FILENO, &output) == 0 && output.st_dev == target.st_dev &&
         output.st_ino == target.st_ino && ::lstat(path.c_str(), &link) == 0 &&
         S_ISLNK(link.st_mode);
}

// A new file that replaces the old one with commit().
class LocalSink final : public Sink {
 public:
  LocalSink(const std::string& path, bool create_only, std::optional<Time> modified)
      : file_(path), create_only_(create_only), modified_(modified) {}

  void write(std::string_view bytes) override { file_.write(bytes); }
  void commit() override { file_.publish(modified_, create_only_); }

 private:
  LocalTemporary file_;
  bool create_only_;
  std::optional<Time> modified_;
};

}  // namespace

void throw_local(const char* operation, const std::string& path, int error) {
  ErrorDetail detail{.driver = "local",
                     .path = path,
                     .operation = operation,
                     .message = std::generic_category().message(error),
                     .os_errno = error};
  switch (error) {
    case ENOTDIR:
      if (std::string_view(operation) == "write") {
        detail.message = "a file lies where a folder is needed";
        throw IoError(std::move(detail));
      }
      [[fallthrough]];
    case ENOENT:
      throw PathNotFoundError(std::move(detail));
    case EACCES:
    case EPERM:
    case EROFS:
      throw PermissionDeniedError(std::move(detail));
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      throw NoSpaceError(std::move(detail));
    case EEXIST:
      throw AlreadyExistsError(std::move(detail));
    default:
      throw IoError(std::move(detail));
  }
}

void throw_local(const char* operation, const std::string& path, std::string reason) {
  throw IoError(ErrorDetail{
      .driver = "local", .path = path, .operation = operation, .message = std::move(reason)});
}

std::optional<Time> time_of(const timespec& time) {
  constexpr std::int64_t ns_per_second = 1'000'000'000;
  std::int64_t ns = 0;
  if (__builtin_mul_overflow(time.tv_sec, ns_per_second, &ns) ||
      __builtin_add_overflow(ns, time.tv_nsec, &ns)) {
    return std::nullopt;
  }
  return Time(std::chrono::nanoseconds(ns));
}

std::string special_kind(mode_t mode) {
  if (S_ISREG(mode) || S_ISDIR(mode)) return {};
  if (S_ISLNK(mode)) return "is a symbolic link";
  if (S_ISFIFO(mode)) return "is a pipe";
  if (S_ISSOCK(mode)) return "is a socket";
  return "is a device";
}

std::unique_ptr<Source> open_local_source(const std::string& path, std::int64_t offset,
                                          std::optional<std::uint64_t> length,
                                          std::stop_token stop) {
  Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) throw_local("read", path, errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) throw_local("read", path, errno);
  if (S_ISDIR(status.st_mode)) throw_local("read", path, EISDIR);
  if (!S_ISREG(status.st_mode))
    throw_local("read", path, "it " + special_kind(status.st_mode) + ", not a file");
  wait_for_next_tick(path, fd.get(), status);
  if (offset > 0 && ::lseek(fd.get(), offset, SEEK_SET) < 0) throw_local("read", path, errno);
  const auto begin = static_cast<std::uint64_t>(std::max<std::int64_t>(offset, 0));
  return std::make_unique<LocalSource>(path, std::move(fd), status, begin, length, std::move(stop));
}

std::unique_ptr<Sink> open_local_sink(const std::string& path, const SinkOptions& options,
                                      std::stop_token stop) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    if (is_link_to_output(path, status)) return std::make_unique<OutputSink>(path);
    if (!special_kind(status.st_mode).empty())
      return std::make_unique<SpecialSink>(path, std::move(stop));
  }
  return std::make_unique<LocalSink>(path, options.create_only, options.modified);
}

}  // namespace berth::cli
