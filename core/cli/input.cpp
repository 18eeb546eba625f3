// SPDX-License-Identifier: Apache-2.0
//
// Pipes are polled, so that a stop request is noticed while they are silent.
#include "cli/input.hpp"

#include <cerrno>
#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <berth/errors.hpp>

#include "cli/local_file.hpp"
#include "cli/transfer.hpp"
#include "cli/usage_error.hpp"

namespace berth::cli {
namespace {

class PipeSource final : public Source {
 public:
  enum class Ownership { borrowed, owned };

  PipeSource(int fd, Ownership ownership, std::stop_token stop)
      : fd_(fd), ownership_(ownership), stop_(std::move(stop)) {}
  ~PipeSource() override {
    if (ownership_ == Ownership::owned) ::close(fd_);
  }
  PipeSource(const PipeSource&) = delete;
  PipeSource& operator=(const PipeSource&) = delete;

  std::size_t read(char* buffer, std::size_t size) override {
    for (;;) {
      if (stop_.stop_requested()) throw CancelledError(ErrorDetail{.driver = "local"});
      if (!readable(fd_, poll_timeout_ms)) continue;
      const auto got = ::read(fd_, buffer, size);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR && errno != EAGAIN) {
        throw std::system_error(errno, std::generic_category(), "cannot read the input");
      }
    }
  }

 private:
  static constexpr int poll_timeout_ms =
      200;  // milliseconds until the next check of the stop token

  int fd_;
  Ownership ownership_;
  std::stop_token stop_;
};

// An opened /dev/fd/N of a pipe is another end of it, which does not see that the writer has left.
std::optional<int> descriptor_of(std::string_view name) {
  if (name == "-" || name == "/dev/stdin") return STDIN_FILENO;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!name.starts_with(folder)) continue;
    name.remove_prefix(folder.size());
    int fd = -1;
    const auto end = std::from_chars(name.data(), name.data() + name.size(), fd);
    if (end.ec == std::errc() && end.ptr == name.data() + name.size()) return fd;
  }
  return std::nullopt;
}

// Opened without waiting for a writer. Until one has come, poll reports neither data nor an end.
std::unique_ptr<Source> open_named_pipe(const std::string& name, std::stop_token stop) {
  const int fd = ::open(name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) throw_local("read", name, errno);
  return std::make_unique<PipeSource>(fd, PipeSource::Ownership::owned, std::move(stop));
}

}  // namespace

std::unique_ptr<Source> open_input(const std::string& name, std::stop_token stop) {
  if (const auto fd = descriptor_of(name)) {
    return std::make_unique<PipeSource>(*fd, PipeSource::Ownership::borrowed, std::move(stop));
  }
  struct stat status {};
  const bool found = ::stat(name.c_str(), &status) == 0;
  if (found && S_ISFIFO(status.st_mode)) return open_named_pipe(name, std::move(stop));
  if (found && S_ISDIR(status.st_mode)) {
    throw UsageError(name + " is a folder; store it with cp -r");
  }
  return make_local_tree(/*follow=*/true, std::move(stop))->read(name);
}

}  // namespace berth::cli
