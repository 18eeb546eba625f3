// SPDX-License-Identifier: Apache-2.0
//
// posix_spawn, a pipe each for stdout and the report, and a poll that checks clock and stop token
// meanwhile. The calls in progress are in a file in memory that the child shares: BERTH_CALL_PAGES
// in core/binding/call_pages.hpp.
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
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace berth::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int poll_interval_ms = 100;  // between two checks of the stop token
constexpr std::size_t max_output_bytes = std::size_t{1} << 20U;

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

// Where the child's calls leave what they do, a page each.
class CallPagesFile {
 public:
  CallPagesFile() : fd_(::memfd_create("berth-calls", MFD_CLOEXEC)) {
    require(fd_ >= 0 ? 0 : errno, "memfd_create");
  }
  ~CallPagesFile() { ::close(fd_); }
  CallPagesFile(const CallPagesFile&) = delete;
  CallPagesFile& operator=(const CallPagesFile&) = delete;

  int fd() const noexcept { return fd_; }

  std::vector<std::string> in_progress() const {
    std::vector<std::string> calls;
    struct stat file {};
    ::fstat(fd_, &file);
    const auto page = static_cast<off_t>(::sysconf(_SC_PAGESIZE));
    std::array<char, 2560> text{};
    for (off_t at = 0; at < file.st_size; at += page) {
      if (::pread(fd_, text.data(), text.size() - 1, at) <= 0) break;
      if (text[0] != '\0') calls.emplace_back(text.data());
    }
    return calls;
  }

 private:
  const int fd_;
};

// What the child inherits. It starts with the signals of a fresh program, not with those that we
// block or ignore.
class SpawnSettings {
 public:
  SpawnSettings(int output, int report, int call_pages)
      : call_pages_("BERTH_CALL_PAGES=fd:" + std::to_string(call_pages)) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, report, report);  // clears close-on-exec
    ::posix_spawn_file_actions_adddup2(&actions_, call_pages, call_pages);
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

  pid_t spawn(const std::vector<std::string>& arguments) {
    std::vector<char*> pointers;
    for (const auto& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
    pointers.push_back(nullptr);
    auto variables = environment();
    pid_t child = -1;
    require(::posix_spawn(&child, "/proc/self/exe", &actions_, &attributes_, pointers.data(),
                          variables.data()),
            "cannot start a child");
    return child;
  }

 private:
  std::vector<char*> environment() {
    std::vector<char*> variables{call_pages_.data()};  // getenv() finds the first of two
    for (char** each = environ; *each != nullptr; ++each) variables.push_back(*each);
    variables.push_back(nullptr);
    return variables;
  }

  std::string call_pages_;
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// Appends what can be read now, up to max_output_bytes bytes in all; false: the other end is
// closed.
bool read_some(int fd, std::string& output) {
  std::array<char, 4096> buffer{};
  const auto got = ::read(fd, buffer.data(), buffer.size());
  if (got == 0) return false;
  if (got < 0) return true;
  const auto room = max_output_bytes - output.size();
  output.append(buffer.data(), std::min(static_cast<std::size_t>(got), room));
  return true;
}

// Reads both pipes until the child closes its ends; false: it must be killed.
bool collect(int output, int report, ChildEnd& end, Clock::time_point deadline,
             const std::stop_token& stop) {
  std::array<pollfd, 2> both{{{output, POLLIN, 0}, {report, POLLIN, 0}}};
  while (Clock::now() < deadline && !stop.stop_requested()) {
    if (::poll(both.data(), both.size(), poll_interval_ms) <= 0) continue;
    if (both[0].revents != 0 && !read_some(output, end.printed)) both[0].fd = -1;
    if (both[1].revents != 0 && !read_some(report, end.report)) both[1].fd = -1;
    if (both[0].fd < 0 && both[1].fd < 0) return true;
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

ChildEnd run_self(std::vector<std::string> arguments, std::chrono::milliseconds timeout,
                  const std::stop_token& stop) {
  Pipe output, report;
  const CallPagesFile call_pages;
  arguments.insert(arguments.end(), {"--report", std::to_string(report.write_end())});
  const auto child =
      SpawnSettings(output.write_end(), report.write_end(), call_pages.fd()).spawn(arguments);
  output.close_write();
  report.close_write();
  ChildEnd end;
  const bool ended =
      collect(output.read_end(), report.read_end(), end, Clock::now() + timeout, stop);
  if (!ended) ::kill(child, stop.stop_requested() ? SIGTERM : SIGKILL);
  const int status = wait_for(child);
  if (!ended) {
    end.text = "did not end within " + std::to_string(timeout.count() / 1000) + " s";
  } else if (WIFSIGNALED(status)) {
    end.text = signal_text(WTERMSIG(status));
  } else {
    end.code = WEXITSTATUS(status);
  }
  end.calls = call_pages.in_progress();
  return end;
}

}  // namespace berth::cli
