// SPDX-License-Identifier: Apache-2.0
//
// The path grammar. One pass over the bytes, no allocation for a valid path: every call of every
// store comes through here.
#include "model/path.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include <berth/errors.hpp>

namespace berth::model {
namespace {

constexpr std::string_view no_fault;

bool is_continuation(unsigned char byte) {
  return (byte & 0xC0) == 0x80;
}

// The shortest second byte ranges of RFC 3629: no overlong forms, no surrogates, nothing above
// U+10FFFF.
bool is_second_byte(unsigned char first, unsigned char second) {
  switch (first) {
    case 0xE0:
      return second >= 0xA0 && second <= 0xBF;
    case 0xED:
      return second >= 0x80 && second <= 0x9F;
    case 0xF0:
      return second >= 0x90 && second <= 0xBF;
    case 0xF4:
      return second >= 0x80 && second <= 0x8F;
    default:
      return is_continuation(second);
  }
}

// Bytes of the UTF-8 sequence that text begins with; 0: it is not one.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const std::size_t length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (length == 0 || first > 0xF4 || text.size() < length) return 0;
  if (!is_second_byte(first, byte(1))) return 0;
  for (std::size_t i = 2; i < length; ++i)
    if (!is_continuation(byte(i))) return 0;
  return length;
}

bool is_registry_byte(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

// U+0080 to U+009F, the second block of control characters, is C2 80 to C2 9F.
bool is_c1_control(std::string_view text) {
  return static_cast<unsigned char>(text[0]) == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
}

std::string_view component_fault(std::string_view component) {
  if (component.empty()) return "a component is empty";
  if (component == "." || component == "..") return "\".\" and \"..\" are not components";
  return no_fault;
}

// The fault of the character at the head of text; length tells how many bytes it has.
std::string_view character_fault(std::string_view text, bool registry, std::size_t& length) {
  const auto first = static_cast<unsigned char>(text[0]);
  length = 1;
  if (registry && !is_registry_byte(first)) return "only A-Z a-z 0-9 . _ - may be used here";
  if (first < 0x20 || first == 0x7F) return "it holds a control character";
  if (first < 0x80) return no_fault;
  length = sequence_length(text);
  if (length == 0) return "it is not valid UTF-8";
  return is_c1_control(text) ? "it holds a control character" : no_fault;
}

// path is absolute and longer than "/".
std::string_view grammar_fault(std::string_view path, bool registry) {
  std::size_t start = 1;
  for (std::size_t i = 1, length = 1; i < path.size(); i += length) {
    length = 1;
    std::string_view fault;
    if (path[i] == '/') {
      fault = component_fault(path.substr(start, i - start));
      start = i + 1;
    } else {
      fault = character_fault(path.substr(i), registry, length);
    }
    if (!fault.empty()) return fault;
  }
  if (start == path.size()) return "it ends in a slash";
  return component_fault(path.substr(start));
}

// Eight bytes of a path at a time, as most paths are plain ASCII of 20 to 100 bytes and each call
// of each store checks at least one.
constexpr std::uint64_t each(std::uint8_t byte) {
  return 0x0101010101010101U * byte;
}

// 0x80 in the place of each byte of an ASCII word that is below limit, or is equal to byte; the
// other bits mean nothing. What a byte above 0x7F carries over does not matter: it is foreign.
constexpr std::uint64_t bytes_below(std::uint64_t word, std::uint8_t limit) {
  return ~(word + each(static_cast<std::uint8_t>(0x80 - limit)));
}
constexpr std::uint64_t bytes_equal(std::uint64_t word, std::uint8_t byte) {
  return bytes_below(word ^ each(byte), 1);
}

// Whether the eight bytes at `at` hold nothing to look at closer: a control character, a byte that
// is not ASCII, or a slash or dot behind a slash.
inline bool are_plain(const char* at, bool after_slash) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  const std::uint64_t foreign = word | bytes_below(word, 0x20) | bytes_equal(word, 0x7F);
  const std::uint64_t slashes = bytes_equal(word, '/');
  const std::uint64_t slashes_or_dots = bytes_equal(word | each('.' ^ '/'), '/');
  const std::uint64_t behind_slash = (slashes << 8) | (after_slash ? 0x80 : 0);  // little endian
  return ((foreign | (behind_slash & slashes_or_dots)) & each(0x80)) == 0;
}

// False: not known to be valid. The last eight bytes overlap those before.
bool is_plainly_valid(std::string_view path) {
  constexpr std::size_t step = sizeof(std::uint64_t);
  if (std::endian::native != std::endian::little || path.size() < step) return false;
  const std::size_t last = path.size() - step;
  const auto plain = [path](std::size_t i) {
    return are_plain(path.data() + i, i != 0 && path[i - 1] == '/');
  };
  for (std::size_t i = 0; i < last; i += step)
    if (!plain(i)) return false;
  return plain(last) && path.back() != '/';
}

char key_byte(const WalkKey& key, std::size_t i) {
  return i < key.path.size() ? key.path[i] : '/';
}

}  // namespace

std::string path_fault(std::string_view path, const PathRules& rules, Root root) {
  if (path.empty()) return "it is empty";
  if (path.front() != '/') return "it does not begin with a slash";
  if (path.size() == 1)
    return root == Root::allowed ? std::string() : "the root is a directory, not an object";
  if (path.size() > rules.max_bytes)
    return "it has " + std::to_string(path.size()) + " bytes, at most " +
           std::to_string(rules.max_bytes) + " are allowed";
  if (!rules.registry && is_plainly_valid(path)) return {};
  return std::string(grammar_fault(path, rules.registry));
}

void check_path(const PathUser& user, std::string_view path, const PathRules& rules, Root root) {
  std::string fault = path_fault(path, rules, root);
  if (fault.empty()) return;
  throw InvalidPathError(ErrorDetail{.driver = std::string(user.driver),
                                     .store = std::string(user.store),
                                     .path = std::string(path),
                                     .operation = std::string(user.operation),
                                     .message = std::move(fault)});
}

void check_offset(const PathUser& user, std::string_view path, std::int64_t offset) {
  if (offset >= 0) return;
  throw InvalidOffsetError(ErrorDetail{.driver = std::string(user.driver),
                                       .store = std::string(user.store),
                                       .path = std::string(path),
                                       .operation = std::string(user.operation),
                                       .offset = offset});
}

std::strong_ordering walk_compare(const WalkKey& left, const WalkKey& right) noexcept {
  const std::size_t common = std::min(left.path.size(), right.path.size());
  const int order = left.path.compare(0, common, right.path, 0, common);
  if (order != 0) return order <=> 0;
  const std::size_t left_size = left.path.size() + (left.is_directory ? 1 : 0);
  const std::size_t right_size = right.path.size() + (right.is_directory ? 1 : 0);
  if (common < left_size && common < right_size) {
    // The added slash of the shorter one meets the next byte of the longer one.
    const auto a = static_cast<unsigned char>(key_byte(left, common));
    const auto b = static_cast<unsigned char>(key_byte(right, common));
    if (a != b) return a <=> b;
  }
  return left_size <=> right_size;
}

bool is_below(std::string_view path, std::string_view directory) noexcept {
  if (directory == "/") return path.size() > 1 && path.front() == '/';
  return path.size() > directory.size() + 1 && path[directory.size()] == '/' &&
         path.starts_with(directory);
}

}  // namespace berth::model
