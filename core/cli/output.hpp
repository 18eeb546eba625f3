// SPDX-License-Identifier: Apache-2.0
//
// stdout, buffered, and messages on stderr. A reader that went away ends the command quietly: see
// OutputClosed. [any thread]
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace berth::cli {

// Nobody reads our output any more. Not an std::exception: nothing may report it.
struct OutputClosed {};

class Output {
 public:
  Output();

  bool terminal() const noexcept { return terminal_; }
  void write(std::string_view bytes);  // throws OutputClosed
  void line(std::string_view text);
  void json(const nlohmann::json& object);
  void flush();

  // As it may be printed here: escaped for a terminal, else byte for byte.
  std::string name(std::string_view text) const;

 private:
  void flush_locked();

  bool terminal_;
  std::mutex mutex_;
  std::string buffer_;
};

// "berth: text" on stderr, each line made printable.
void complain(std::string_view text);

// All of it to a descriptor; throws OutputClosed when its reader is gone.
void write_all(int fd, std::string_view bytes);

}  // namespace berth::cli
