// SPDX-License-Identifier: Apache-2.0
//
// posix_spawn, a pipe for stdout, and a poll that looks at clock and stop token meanwhile.
#include "cli/child.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace berth::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kLook = 100;  // milliseconds between two looks
constexpr std::size_t kMostOutput = std::size_t{1} << 20U;

void require(int error, const char* what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

class Pipe {
 public:
  Pipe() { require(::pipe2(ends_.data(), O_CLOEXEC) == 0 ? 0 : errno, "pipe"); }
  ~Pipe() {
    ::close(ends_[0]);
    close_write();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int read_end() const noexcept { return ends_[0]; }
  int write_end() const noexcept { return ends_[1]; }
  void close_write() noexcept {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

// The child starts with the signals of a fresh program, not with those that we block or ignore.
class SpawnSettings {
 public:
  explicit SpawnSettings(int output) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    ::posix_spawnattr_init(&attributes_);
    sigset_t none, ignored;
    ::sigemptyset(&none);
    ::sigemptyset(&ignored);
    ::sigaddset(&ignored, SIGPIPE);
    ::sigaddset(&ignored, SIGXFSZ);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &ignored);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  pid_t spawn(const std::vector<std::string>& arguments) const {
    std::vector<char*> pointers;
    for (const auto& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
    pointers.push_back(nullptr);
    pid_t child = -1;
    require(
        ::posix_spawn(&child, "/proc/self/exe", &actions_, &attributes_, pointers.data(), environ),
        "cannot start a child");
    return child;
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// Reads until the child closes its end; false: it must be killed.
bool collect(int fd, std::string& output, Clock::time_point deadline, const std::stop_token& stop) {
  std::array<char, 4096> buffer{};
  while (Clock::now() < deadline && !stop.stop_requested()) {
    pollfd one{.fd = fd, .events = POLLIN, .revents = 0};
    if (::poll(&one, 1, kLook) <= 0) continue;
    const auto got = ::read(fd, buffer.data(), buffer.size());
    if (got == 0) return true;
    if (got < 0) continue;
    const auto room = kMostOutput - output.size();
    output.append(buffer.data(), std::min(static_cast<std::size_t>(got), room));
  }
  return false;
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

std::string signal_text(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return std::string("crashed: SIG") + (name == nullptr ? "?" : name) + " (" + ::strsignal(signal) +
         ")";
}

}  // namespace

ChildEnd run_self(const std::vector<std::string>& arguments, std::chrono::milliseconds timeout,
                  const std::stop_token& stop) {
  Pipe pipe;
  const auto child = SpawnSettings(pipe.write_end()).spawn(arguments);
  pipe.close_write();
  ChildEnd end;
  const bool ended = collect(pipe.read_end(), end.output, Clock::now() + timeout, stop);
  if (!ended) ::kill(child, stop.stop_requested() ? SIGTERM : SIGKILL);
  const int status = wait_for(child);
  if (!ended) {
    end.text = "did not end within " + std::to_string(timeout.count() / 1000) + " s";
  } else if (WIFSIGNALED(status)) {
    end.text = signal_text(WTERMSIG(status));
  } else {
    end.code = WEXITSTATUS(status);
  }
  return end;
}

}  // namespace berth::cli
