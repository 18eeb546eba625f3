// SPDX-License-Identifier: Apache-2.0
//
// posix_spawnp: it is safe in a program with threads, and no code of ours runs in the child.
#include "program.hpp"

#include <cerrno>
#include <system_error>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace berth::conformance {
namespace {

void require(int error, const std::string& what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

class Redirections final {
 public:
  Redirections(int input, int output) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
  }
  ~Redirections() { ::posix_spawn_file_actions_destroy(&actions_); }
  Redirections(const Redirections&) = delete;
  Redirections& operator=(const Redirections&) = delete;
  const posix_spawn_file_actions_t* raw() const noexcept { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

}  // namespace

TemporaryFile::TemporaryFile(std::string_view content) : file_(std::tmpfile(), &std::fclose) {
  if (!file_) require(errno, "cannot create a temporary file");
  std::fwrite(content.data(), 1, content.size(), file_.get());
  std::rewind(file_.get());
}

int TemporaryFile::fd() const noexcept {
  return ::fileno(file_.get());
}

std::string TemporaryFile::content() const {
  std::rewind(file_.get());
  std::string text;
  char piece[4096];
  while (const std::size_t got = std::fread(piece, 1, sizeof piece, file_.get()))
    text.append(piece, got);
  return text;
}

int run_program(const std::vector<std::string>& words, const TemporaryFile& input,
                const TemporaryFile& output) {
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  const Redirections redirections(input.fd(), output.fd());
  pid_t child = -1;
  const int error =
      ::posix_spawnp(&child, pointers[0], redirections.raw(), nullptr, pointers.data(), environ);
  if (error == ENOENT) return 127;
  require(error, "cannot start " + words.front());
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace berth::conformance
