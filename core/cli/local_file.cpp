// SPDX-License-Identifier: Apache-2.0
//
// Streams over descriptors, EINTR and short counts included.
#include "cli/local_file.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <limits>
#include <random>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <berth/errors.hpp>

namespace berth::cli {
namespace {

namespace fs = std::filesystem;

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

class LocalSource final : public Source {
 public:
  LocalSource(std::string path, Descriptor fd, std::uint64_t length, std::stop_token stop)
      : path_(std::move(path)), fd_(std::move(fd)), left_(length), stop_(std::move(stop)) {}

  std::size_t read(char* buffer, std::size_t size) override {
    if (stop_.stop_requested()) throw CancelledError(ErrorDetail{.driver = "local", .path = path_});
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size, left_));
    for (;;) {
      const auto got = wanted == 0 ? 0 : ::read(fd_.get(), buffer, wanted);
      if (got >= 0) {
        left_ -= static_cast<std::uint64_t>(got);
        return static_cast<std::size_t>(got);
      }
      if (errno != EINTR) throw_local("read", path_, errno);
    }
  }

 private:
  std::string path_;
  Descriptor fd_;
  std::uint64_t left_;
  std::stop_token stop_;
};

void write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const auto written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_local("write", path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

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
    constexpr int kLook = 50;  // milliseconds
    pollfd room{fd, POLLOUT, 0};
    ::poll(&room, fd >= 0 ? 1 : 0, kLook);
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

// A new file beside its place, under a name of its own until commit().
class LocalSink final : public Sink {
 public:
  LocalSink(std::string path, bool create_only)
      : path_(std::move(path)), create_only_(create_only) {
    do {
      temporary_ = (fs::path(path_).parent_path() / (".berth-" + random_name())).string();
      fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (fd_ < 0 && errno == EEXIST);
    if (fd_ < 0) throw_local("write", path_, errno);
  }
  ~LocalSink() override {
    if (fd_ >= 0) ::close(fd_);
    if (!committed_) ::unlink(temporary_.c_str());
  }
  LocalSink(const LocalSink&) = delete;
  LocalSink& operator=(const LocalSink&) = delete;

  void write(std::string_view bytes) override { write_all(fd_, bytes, path_); }

  void commit() override {
    if (::close(std::exchange(fd_, -1)) != 0) throw_local("write", path_, errno);
    publish();
    committed_ = true;
  }

 private:
  void publish() {
    if (create_only_) {
      if (::link(temporary_.c_str(), path_.c_str()) != 0) throw_local("write", path_, errno);
      ::unlink(temporary_.c_str());
    } else if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
      throw_local("write", path_, errno);
    }
  }

  static std::string random_name() {
    std::random_device random;
    return std::to_string(random()) + std::to_string(random());
  }

  std::string path_;
  std::string temporary_;
  int fd_ = -1;
  bool create_only_;
  bool committed_ = false;
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
  if (offset > 0 && ::lseek(fd.get(), offset, SEEK_SET) < 0) throw_local("read", path, errno);
  return std::make_unique<LocalSource>(path, std::move(fd),
                                       length.value_or(std::numeric_limits<std::uint64_t>::max()),
                                       std::move(stop));
}

std::unique_ptr<Sink> open_local_sink(const std::string& path, bool create_only,
                                      std::stop_token stop) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    if (is_link_to_output(path, status)) return std::make_unique<OutputSink>(path);
    if (!special_kind(status.st_mode).empty())
      return std::make_unique<SpecialSink>(path, std::move(stop));
  }
  return std::make_unique<LocalSink>(path, create_only);
}

}  // namespace berth::cli
