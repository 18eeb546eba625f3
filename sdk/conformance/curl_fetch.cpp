// SPDX-License-Identifier: Apache-2.0
//
// posix_spawn with two temporary files as input and output; the answer is read back when curl
// ended.
#include "curl_fetch.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace berth::conformance {
namespace {

void require(int error, const char* what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

// A file without a name.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view content = {}) : file_(std::tmpfile(), &std::fclose) {
    if (!file_) require(errno, "cannot make a temporary file");
    std::fwrite(content.data(), 1, content.size(), file_.get());
    std::rewind(file_.get());
  }
  int fd() const noexcept { return ::fileno(file_.get()); }

  std::string content() const {
    std::rewind(file_.get());
    std::string text;
    char piece[4096];
    while (const std::size_t got = std::fread(piece, 1, sizeof piece, file_.get()))
      text.append(piece, got);
    return text;
  }

 private:
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

class Redirections {
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

// Runs curl to its end and gives its exit code; 127 when there is no curl.
int run_curl(const std::vector<std::string>& words, int input, int output) {
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  const Redirections redirections(input, output);
  pid_t child = -1;
  const int error =
      ::posix_spawnp(&child, "curl", redirections.raw(), nullptr, pointers.data(), environ);
  if (error == ENOENT) return 127;
  require(error, "cannot start curl");
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::vector<std::string> words_for(const std::string& method, const std::string& url) {
  std::vector<std::string> words{
      "curl",      "-q",           "--silent",   "--show-error", "--include",
      "--globoff", "--path-as-is", "--max-time", "60",           "--suppress-connect-headers"};
  if (method == "HEAD") {
    words.emplace_back("--head");
  } else if (method != "GET") {
    // Azure asks for a blob type of whoever puts; to the others it is a header they do not know.
    words.insert(words.end(),
                 {"--request", method, "--data-binary", "@-", "--header",
                  "Content-Type:", "--header", "Expect:", "--header", "x-ms-blob-type: BlockBlob"});
  }
  words.insert(words.end(), {"--url", url});
  return words;
}

std::string lowered(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

void take_header(FetchReply& reply, std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  std::string_view value = line.substr(colon + 1);
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  reply.headers[lowered(line.substr(0, colon))] = value;
}

// "HTTP/1.1 200 OK\r\nname: value\r\n\r\nbody"
FetchReply parse(std::string_view text) {
  FetchReply reply;
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) throw std::runtime_error("curl gave no status line");
  reply.status = std::stoi(std::string(text.substr(space + 1, 3)));
  for (;;) {
    const std::size_t end = text.find("\r\n");
    if (end == std::string_view::npos) throw std::runtime_error("curl gave no end of the headers");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 2);
    if (line.empty()) break;
    take_header(reply, line);
  }
  reply.body = text;
  return reply;
}

// What a healthy service behind a bad network answers at the next attempt.
bool is_passing(const FetchReply& reply) {
  return reply.status == 408 || reply.status == 429 || reply.status >= 500;
}

// No connection, a cut or empty answer, too slow, a reset: those of curl's exit codes that say
// nothing of the URL.
bool is_passing(int code) {
  return code == 7 || code == 18 || code == 28 || code == 52 || code == 55 || code == 56;
}

std::optional<FetchReply> attempt(const std::string& method, const std::string& url,
                                  const std::string& body) {
  const TemporaryFile input(body), output;
  const int code = run_curl(words_for(method, url), input.fd(), output.fd());
  if (code == 0) return parse(output.content());
  if (is_passing(code)) return std::nullopt;
  throw std::runtime_error("curl ended with exit code " + std::to_string(code) + " for " + method +
                           " of the store's URL");
}

FetchReply fetch(const std::string& method, const std::string& url, const std::string& body) {
  std::optional<FetchReply> reply;
  for (int tries = 5; tries > 0 && (!reply || is_passing(*reply)); --tries)
    reply = attempt(method, url, body);
  if (!reply) throw std::runtime_error("curl got no answer to " + method + " of the store's URL");
  return *reply;
}

bool curl_is_there() {
  const TemporaryFile input, output;
  return run_curl({"curl", "--version"}, input.fd(), output.fd()) == 0;
}

}  // namespace

Fetch fetch_with_curl() {
  if (!curl_is_there()) return {};
  return fetch;
}

}  // namespace berth::conformance
