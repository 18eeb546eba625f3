// SPDX-License-Identifier: Apache-2.0
//
// stdout, buffered, and messages on stderr. Output that cannot be written ends the command: quietly
// when the reader of a pipe has closed it (OutputClosed), else with a message (OutputFailed).
// [any thread]
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace berth::cli {

// Neither of the two is an std::exception, so that no handler takes it for the failure of a file:
// only run() in app.cpp catches them.
struct OutputClosed {};  // the reader of the pipe is gone
struct OutputFailed {
  int error;  // errno
};

class Output {
 public:
  Output();

  bool terminal() const noexcept { return terminal_; }
  // Each of these throws OutputClosed or OutputFailed. After that, all that is written is dropped.
  void write(std::string_view bytes);
  void line(std::string_view text);
  void json(const nlohmann::json& object);
  void flush();

  // As it may be printed here: escaped for a terminal, else byte for byte.
  std::string name(std::string_view text) const;

 private:
  void flush_locked();
  void write_locked(std::string_view bytes);

  bool terminal_;
  bool broken_ = false;  // one failure ends the command; a second one must not
  std::mutex mutex_;
  std::string buffer_;
};

// "berth: text" on stderr, each line made printable. What stderr does not take is lost.
void complain(std::string_view text) noexcept;

// All of it to a descriptor; throws OutputClosed or OutputFailed.
void write_all(int fd, std::string_view bytes);

// Opens /dev/null for the reverse direction in place of each standard descriptor that is closed. A
// file that the command opens would get its number otherwise, and take the output.
void reserve_standard_descriptors() noexcept;

}  // namespace berth::cli
