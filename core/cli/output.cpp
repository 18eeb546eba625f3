// SPDX-License-Identifier: Apache-2.0
//
// ::write instead of iostreams, to see EPIPE and to pass every byte.
#include "cli/output.hpp"

#include <cerrno>
#include <new>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "cli/text.hpp"

namespace berth::cli {
namespace {

constexpr std::size_t flush_bytes = std::size_t{64} << 10U;

void wait_writable(int fd) {
  pollfd one{.fd = fd, .events = POLLOUT, .revents = 0};
  ::poll(&one, 1, -1);
}

}  // namespace

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(fd, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      wait_writable(fd);  // somebody made the shared descriptor non-blocking
    } else if (errno == EPIPE) {
      throw OutputClosed{};
    } else if (errno != EINTR) {
      throw OutputFailed{errno};
    }
  }
}

Output::Output() : terminal_(::isatty(STDOUT_FILENO) != 0) {}

void Output::write(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (bytes.size() >= flush_bytes) {
    flush_locked();
    return write_locked(bytes);
  }
  if (broken_) return;
  buffer_ += bytes;
  if (terminal_ || buffer_.size() >= flush_bytes) flush_locked();
}

void Output::line(std::string_view text) {
  write(std::string(text) + "\n");
}

void Output::json(const nlohmann::json& object) {
  line(object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void Output::flush() {
  const std::lock_guard lock(mutex_);
  flush_locked();
}

void Output::flush_locked() {
  std::string full;
  full.swap(buffer_);
  write_locked(full);
}

void Output::write_locked(std::string_view bytes) {
  if (broken_) return;
  broken_ = true;  // unless all of it is written
  write_all(STDOUT_FILENO, bytes);
  broken_ = false;
}

std::string Output::name(std::string_view text) const {
  return terminal_ ? printable(text) : std::string(text);
}

void complain(std::string_view text) noexcept {
  try {
    std::string lines = "berth: ";
    for (;;) {
      const auto end = text.find('\n');
      lines += printable(text.substr(0, end)) + "\n";
      if (end == std::string_view::npos) break;
      text.remove_prefix(end + 1);
    }
    write_all(STDERR_FILENO, lines);
  } catch (const std::bad_alloc&) {
    static_cast<void>(::write(STDERR_FILENO, "berth: out of memory\n", 21));
  } catch (...) {  // stderr cannot be written: there is no other place for a message
  }
}

void reserve_standard_descriptors() noexcept {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free number is this one, since the ones before are open.
    static_cast<void>(::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY));
  }
}

}  // namespace berth::cli
