// SPDX-License-Identifier: Apache-2.0
//
// Escapes the bytes of a name that a terminal or a log could not show.
#include "discovery/printable.hpp"

#include <cstddef>
#include <cstdint>

namespace berth::discovery {
namespace {

// Bytes of the UTF-8 character that starts the text; 0: not valid there.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::uint32_t lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  std::uint32_t code = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3F);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool no_character = (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF;
  return overlong || no_character ? 0 : length;
}

bool is_control(std::string_view character) {
  const auto lead = static_cast<unsigned char>(character.front());
  if (character.size() == 1) return lead < 0x20 || lead == 0x7F || lead == '\\';
  return lead == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;  // C1 controls
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
    const std::size_t length = utf8_length(bytes);
    const std::string_view head = bytes.substr(0, length == 0 ? 1 : length);
    if (length == 0 || is_control(head))
      append_escaped(out, head);
    else
      out += head;
    bytes.remove_prefix(head.size());
  }
  return out;
}

std::string printable(const std::filesystem::path& path) {
  return printable(std::string_view(path.native()));
}

}  // namespace berth::discovery
