// SPDX-License-Identifier: Apache-2.0
//
// Escapes the bytes of a name that a terminal or a log could not show.
#include "discovery/printable.hpp"

#include <cstddef>

#include "model/utf8.hpp"

namespace berth::discovery {
namespace {

bool is_shown(std::string_view character) {
  return !model::is_control(character) && character.front() != '\\';
}

void append_escaped(std::string& out, std::string_view bytes) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
  }
}

}  // namespace

std::string printable(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const std::size_t length = model::utf8_length(bytes);
    const std::string_view head = bytes.substr(0, length == 0 ? 1 : length);
    if (length != 0 && is_shown(head))
      out += head;
    else
      append_escaped(out, head);
    bytes.remove_prefix(head.size());
  }
  return out;
}

std::string printable(const std::filesystem::path& path) {
  return printable(std::string_view(path.native()));
}

}  // namespace berth::discovery
