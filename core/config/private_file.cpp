// SPDX-License-Identifier: Apache-2.0
//
// open once, fstat, read. O_NONBLOCK: a pipe laid in the file's place must not hang us.
#include "config/private_file.hpp"

#include <cerrno>
#include <cstddef>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace berth::config {
namespace {

constexpr std::size_t max_config_bytes = std::size_t{1} << 20U;
constexpr std::size_t max_secret_bytes = std::size_t{64} << 10U;

std::string reason(int error) {
  return std::generic_category().message(error);
}

class File {
 public:
  explicit File(const std::filesystem::path& path)
      : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {
    if (fd_ < 0) throw FileRefused("cannot be opened: " + reason(errno));
  }
  ~File() { ::close(fd_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  struct stat status() const {
    struct stat status {};
    if (::fstat(fd_, &status) != 0) throw FileRefused("cannot be examined: " + reason(errno));
    if (!S_ISREG(status.st_mode)) throw FileRefused("is not a regular file");
    return status;
  }

  std::string read_up_to(std::size_t limit) const {
    std::string text;
    char buffer[8192];
    for (;;) {
      const auto got = ::read(fd_, buffer, sizeof buffer);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw FileRefused("cannot be read: " + reason(errno));
      if (got == 0) return text;
      text.append(buffer, static_cast<std::size_t>(got));
      if (text.size() > limit) {
        throw FileRefused("is larger than " + std::to_string(limit >> 10U) + " KiB");
      }
    }
  }

 private:
  int fd_;
};

void check_owner(const struct stat& status) {
  if (status.st_uid != 0 && status.st_uid != ::geteuid()) {
    throw FileRefused("is owned by user " + std::to_string(status.st_uid) +
                      ", neither root nor you; it names code to load, so take it over with chown");
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    throw FileRefused(
        "may be written by others; it names code to load, so take that away with "
        "chmod go-w");
  }
}

}  // namespace

FileText read_config_file(const std::filesystem::path& path) {
  const File file(path);
  const auto status = file.status();
  check_owner(status);
  return {file.read_up_to(max_config_bytes), (status.st_mode & S_IROTH) != 0};
}

std::string read_secret_file(const std::filesystem::path& path) {
  const File file(path);
  static_cast<void>(file.status());
  auto text = file.read_up_to(max_secret_bytes);
  if (!text.empty() && text.back() == '\n') text.pop_back();
  if (!text.empty() && text.back() == '\r') text.pop_back();
  if (text.empty()) throw FileRefused("is empty");
  return text;
}

}  // namespace berth::config
