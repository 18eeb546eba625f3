// SPDX-License-Identifier: Apache-2.0
//
// One pass over the lines; see profile_file.hpp for the format.
#include "credentials/profile_file.hpp"

#include <algorithm>

#include "common/text.hpp"

namespace berth::s3 {
namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

bool is_comment(std::string_view line) noexcept {
  return line.empty() || line.front() == '#' || line.front() == ';';
}

std::string_view unquote(std::string_view text) noexcept {
  const bool quoted = text.size() >= 2 && (text.front() == '"' || text.front() == '\'') &&
                      text.back() == text.front();
  return quoted ? text.substr(1, text.size() - 2) : text;
}

// "[profile work]" -> "work"; empty: not a profile.
std::string section_name(std::string_view line, ProfileFile file) {
  const std::string_view inside = common::trimmed(line.substr(1, line.find(']') - 1));
  if (file == ProfileFile::credentials) return std::string(inside);
  const std::size_t blank = inside.find_first_of(" \t");
  if (blank == std::string_view::npos) return std::string(unquote(inside));
  if (inside.substr(0, blank) != "profile") return {};
  return std::string(unquote(common::trimmed(inside.substr(blank))));
}

}  // namespace

Profiles parse_profiles(std::string_view text, ProfileFile file) {
  Profiles profiles;
  Profile* current = nullptr;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    const std::string_view content = common::trimmed(line);
    if (is_comment(content)) continue;
    if (content.front() == '[' && content.find(']') != std::string_view::npos) {
      const std::string name = section_name(content, file);
      current = name.empty() ? nullptr : &profiles[name];
      continue;
    }
    const bool nested = blanks.find(line.front()) != std::string_view::npos;
    const std::size_t sign = content.find_first_of("=:");
    if (!current || nested || sign == std::string_view::npos) continue;
    (*current)[common::lower_case(common::trimmed(content.substr(0, sign)))] =
        common::trimmed(content.substr(sign + 1));
  }
  return profiles;
}

}  // namespace berth::s3
