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
  if (key.size() <= prefix_.size() || !key.starts_with(prefix_)) return std::nullopt;
  return '/' + std::string(key.substr(prefix_.size()));
}

std::optional<std::string> KeySpace::directory(std::string_view prefix) const {
  auto path = this->path(prefix);
  if (path && path->size() > 2) path->pop_back();
  return path;
}

bool has_only_components(std::string_view path) noexcept {
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const size_t end = std::min(path.find('/'), path.size());
    if (!is_component(path.substr(0, end))) return false;
    path.remove_prefix(end);
  }
  return true;
}

}  // namespace berth::common
