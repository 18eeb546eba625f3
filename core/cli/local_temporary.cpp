// SPDX-License-Identifier: Apache-2.0
//
// The protocol between a writer W and a cleaner C of one temporary file. Invariant: C unlinks only
// a file that no process writes to.
//   1. W creates the file and locks it. When C holds the lock, or has unlinked the file, W starts
//      over with another name.
//   2. W renames the file while it holds the lock.
//   3. C locks the file without waiting; a file that is locked stays.
//   4. C unlinks the name only if it still leads to the file that C locked.
#include "cli/local_temporary.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/local_file.hpp"
#include "cli/text.hpp"

namespace berth::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = ".berth-download.";
constexpr std::size_t random_size = 32;

std::string random_name() {
  return std::string(prefix) + random_digits();
}

// False: a cleaner has the file.
bool lock_new_file(int fd) {
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return false;
  struct stat status {};
  return ::fstat(fd, &status) != 0 || status.st_nlink > 0;
}

bool leads_to(const std::string& path, int fd) {
  struct stat named {
  }, opened{};
  return ::lstat(path.c_str(), &named) == 0 && ::fstat(fd, &opened) == 0 &&
         named.st_dev == opened.st_dev && named.st_ino == opened.st_ino && S_ISREG(opened.st_mode);
}

bool is_lower_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

}  // namespace

LocalTemporary::LocalTemporary(std::string path) : path_(std::move(path)) {
  open();
}

LocalTemporary::~LocalTemporary() {
  if (!published_) ::unlink(temporary_.c_str());
  if (fd_ >= 0) ::close(fd_);
}

void LocalTemporary::open() {
  for (;;) {
    temporary_ = (fs::path(path_).parent_path() / random_name()).string();
    fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd_ < 0 && errno != EEXIST) throw_local("write", path_, errno);
    if (fd_ >= 0 && lock_new_file(fd_)) return;
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
}

void LocalTemporary::write(std::string_view bytes) {
  write_all(fd_, bytes, path_);
}

void LocalTemporary::publish(const std::optional<Time>& modified, bool create_only) {
  flush();
  if (modified) set_time(*modified);
  if (create_only) {
    if (::link(temporary_.c_str(), path_.c_str()) != 0) throw_local("write", path_, errno);
    ::unlink(temporary_.c_str());
  } else if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    throw_local("write", path_, errno);
  }
  published_ = true;
}

// Some file systems report a failed write, such as a full quota, when a descriptor is closed. The
// lock has to stay, so a duplicate is closed.
void LocalTemporary::flush() const {
  const int duplicate = ::fcntl(fd_, F_DUPFD_CLOEXEC, 0);
  if (duplicate < 0 || ::close(duplicate) != 0) throw_local("write", path_, errno);
}

void LocalTemporary::set_time(Time modified) const {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(modified);
  const timespec time{.tv_sec = static_cast<std::time_t>(seconds.time_since_epoch().count()),
                      .tv_nsec = static_cast<long>((modified - seconds).count())};
  const std::array<timespec, 2> times{timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, time};
  if (::futimens(fd_, times.data()) == 0) return;
  // A file system without times: the content is complete, and sync compares it.
  if (errno == EPERM || errno == ENOSYS || errno == EOPNOTSUPP) return;
  throw_local("write", path_, errno);
}

void write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const auto written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_local("write", path, errno);
    if (written == 0) throw_local("write", path, "the system accepted no more bytes");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

bool is_temporary_name(std::string_view name) {
  return name.size() == prefix.size() + random_size && name.starts_with(prefix) &&
         std::all_of(name.begin() + prefix.size(), name.end(), is_lower_hex);
}

bool remove_if_abandoned(const std::string& path) {
  // For writing, since NFS has exclusive locks for such descriptors only.
  const int fd = ::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return false;
  const bool removed =
      ::flock(fd, LOCK_EX | LOCK_NB) == 0 && leads_to(path, fd) && ::unlink(path.c_str()) == 0;
  ::close(fd);
  return removed;
}

void remove_abandoned_in(const std::string& folder) {
  std::error_code error;
  fs::directory_iterator entry(folder.empty() ? "." : folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (is_temporary_name(entry->path().filename().native())) {
      static_cast<void>(remove_if_abandoned(entry->path().native()));
    }
  }
}

}  // namespace berth::cli
