// SPDX-License-Identifier: Apache-2.0
#include "common/keys.hpp"

#include <algorithm>

namespace berth::common {
namespace {

std::string_view trim_slashes(std::string_view text) noexcept {
  while (!text.empty() && text.front() == '/') text.remove_prefix(1);
  while (!text.empty() && text.back() == '/') text.remove_suffix(1);
  return text;
}

bool is_component(std::string_view text) noexcept {
  return !text.empty() && text != "." && text != "..";
}

bool has_only_components(std::string_view names) noexcept {
  for (;;) {
    const size_t slash = std::min(names.find('/'), names.size());
    if (!is_component(names.substr(0, slash))) return false;
    if (slash == names.size()) return true;
    names.remove_prefix(slash + 1);
  }
}

}  // namespace

KeySpace::KeySpace(std::string_view root) : prefix_(trim_slashes(root)) {
  if (!prefix_.empty()) prefix_ += '/';
}

std::string KeySpace::key(std::string_view path) const {
  return prefix_ + std::string(path.substr(path.empty() ? 0 : 1));
}

std::string KeySpace::prefix(std::string_view directory) const {
  std::string prefix = key(directory);
  if (!prefix.empty() && prefix.back() != '/') prefix += '/';
  return prefix;
}

std::optional<std::string> KeySpace::path(std::string_view key) const {
  if (key.substr(0, prefix_.size()) != prefix_) return std::nullopt;
  key.remove_prefix(prefix_.size());
  if (!key.empty() && key.back() == '/') key.remove_suffix(1);
  if (!has_only_components(key)) return std::nullopt;
  return '/' + std::string(key);
}

}  // namespace berth::common
