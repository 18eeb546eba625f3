// SPDX-License-Identifier: Apache-2.0
//
// ::write instead of iostreams, to see EPIPE and to pass every byte.
#include "cli/output.hpp"

#include <cerrno>
#include <system_error>

#include <poll.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "cli/text.hpp"

namespace berth::cli {
namespace {

constexpr std::size_t kFlushAt = std::size_t{64} << 10U;

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
      throw std::system_error(errno, std::generic_category(), "cannot write the output");
    }
  }
}

Output::Output() : terminal_(::isatty(STDOUT_FILENO) != 0) {}

void Output::write(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (bytes.size() >= kFlushAt) {
    flush_locked();
    return write_all(STDOUT_FILENO, bytes);
  }
  buffer_ += bytes;
  if (terminal_ || buffer_.size() >= kFlushAt) flush_locked();
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
  write_all(STDOUT_FILENO, full);
}

std::string Output::name(std::string_view text) const {
  return terminal_ ? printable(text) : std::string(text);
}

void complain(std::string_view text) {
  std::string lines = "berth: ";
  for (;;) {
    const auto end = text.find('\n');
    lines += printable(text.substr(0, end)) + "\n";
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  try {
    write_all(STDERR_FILENO, lines);
  } catch (...) {  // there is nowhere to say so
  }
}

}  // namespace berth::cli
