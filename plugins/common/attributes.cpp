// SPDX-License-Identifier: Apache-2.0
//
// Encoded words are always written as base64 of UTF-8, and read as base64 or quoted-printable.
#include "common/attributes.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "common/crypto.hpp"
#include "common/text.hpp"

namespace berth::common {
namespace {

constexpr std::string_view opening = "=?", closing = "?=";
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> standard{
    {{"content-type", "Content-Type"},
     {"cache-control", "Cache-Control"},
     {"content-encoding", "Content-Encoding"},
     {"content-disposition", "Content-Disposition"},
     {"content-language", "Content-Language"}}};

bool is_default_type(std::string_view type) {
  return type == "application/octet-stream" || type == "binary/octet-stream";
}

bool survives(std::string_view value) {
  if (value.empty() || value.front() == ' ' || value.back() == ' ') return false;
  if (value.find("  ") != value.npos || value.find(opening) != value.npos) return false;
  return std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

std::optional<std::string> from_quoted(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      bytes += text[i] == '_' ? ' ' : text[i];
      continue;
    }
    const auto byte = from_hex(text.substr(i + 1, 2));
    if (!byte || byte->empty()) return std::nullopt;
    bytes += *byte;
    i += 2;
  }
  return bytes;
}

// One encoded word without its ends: "utf-8?b?R3LDvMOfZQ==".
std::optional<std::string> decode_word(std::string_view word) {
  const std::size_t first = word.find('?');
  if (first == word.npos || first + 2 >= word.size() || word[first + 2] != '?') return std::nullopt;
  const std::string charset = lower_case(word.substr(0, first));
  if (charset != "utf-8" && charset != "us-ascii") return std::nullopt;
  const std::string_view text = word.substr(first + 3);
  switch (word[first + 1]) {
    case 'b':
    case 'B':
      return from_base64(text);
    case 'q':
    case 'Q':
      return from_quoted(text);
    default:
      return std::nullopt;
  }
}

}  // namespace

std::string_view standard_header(std::string_view attribute) noexcept {
  for (const auto& [name, header] : standard)
    if (name == attribute) return header;
  return {};
}

std::string encode_metadata(std::string_view value) {
  if (survives(value)) return std::string(value);
  return "=?utf-8?b?" + base64(value) + "?=";
}

// Long values come as several words, separated by blanks that do not count.
std::string decode_metadata(std::string_view value) {
  std::string decoded;
  std::string_view rest = value;
  while (!rest.empty()) {
    if (rest.substr(0, 2) != opening) return std::string(value);
    const std::size_t start = rest.find('?', rest.find('?', 2) + 1);  // before the text
    const std::size_t end = start == rest.npos ? start : rest.find(closing, start + 1);
    if (end == rest.npos) return std::string(value);
    const auto word = decode_word(rest.substr(2, end - 2));
    if (!word) return std::string(value);
    decoded += *word;
    rest.remove_prefix(end + 2);
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  }
  return decoded;
}

std::vector<sdk::Attribute> attributes_in(const http::Headers& headers, std::string_view prefix) {
  const std::string own = std::string(prefix) + "berth-";
  std::vector<sdk::Attribute> attributes;
  for (const auto& [given, value] : headers) {
    const std::string name = lower_case(given);
    if (!standard_header(name).empty()) {
      if (name != "content-type" || !(value.empty() || is_default_type(value)))
        attributes.push_back({name, value});
    } else if (name.starts_with(prefix) && !name.starts_with(own)) {
      attributes.push_back({name.substr(prefix.size()), decode_metadata(value)});
    }
  }
  return attributes;
}

}  // namespace berth::common
