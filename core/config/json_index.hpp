// SPDX-License-Identifier: Apache-2.0
//
// Where each value of a JSON text stands: JSON pointer -> offset -> line and column. nlohmann/json
// forgets positions, and an error without a line is no help to the person with the file.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace berth::config {

struct Position {
  int line = 0, column = 0;  // from 1, column in characters; 0: not known
};

// Position of a byte of the text.
Position position_of(std::string_view text, std::size_t offset);

// "a/b" -> "a~1b", as RFC 6901 wants it.
std::string escape_pointer(std::string_view key);

// REQUIRES: the text is JSON, comments allowed. Anything else gives an index without meaning, but
// neither a crash nor endless work: nothing recurses, and what lies too deep is not entered.
class JsonIndex {
 public:
  static constexpr std::size_t max_depth = 32;

  explicit JsonIndex(std::string_view text);  // the text is borrowed for the life of the index

  // Of the value; of its key with key_position(), which for what has no key is the value's.
  Position value_position(const std::string& pointer) const;
  Position key_position(const std::string& pointer) const;

  struct Mark {
    std::string pointer;
    std::size_t offset = 0;
  };
  Position position(const Mark& mark) const { return position_of(text_, mark.offset); }
  const std::vector<Mark>& duplicates() const noexcept { return duplicates_; }  // the second ones
  const std::vector<Mark>& too_deep() const noexcept { return too_deep_; }      // the first one

 private:
  friend class JsonScan;
  struct Place {
    std::size_t key = 0, value = 0;
  };
  const Place* find(const std::string& pointer) const;

  std::string_view text_;
  std::map<std::string, Place, std::less<>> places_;
  std::vector<Mark> duplicates_;
  std::vector<Mark> too_deep_;
};

}  // namespace berth::config
