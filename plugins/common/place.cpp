// SPDX-License-Identifier: Apache-2.0
#include "common/place.hpp"

#include <algorithm>
#include <berth/driver.hpp>
#include <cstdio>

namespace berth::common {
namespace {

// A tab or a newline would end the field or the line. No path can name such a container, so the
// escaped name never matches one.
std::string without_controls(std::string_view text) {
  std::string clean;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F) {
      clean += c;
      continue;
    }
    char escaped[4];
    std::snprintf(escaped, sizeof escaped, "%%%02X", byte);
    clean += escaped;
  }
  return clean;
}

std::string_view trim_slashes(std::string_view text) noexcept {
  while (!text.empty() && text.front() == '/') text.remove_prefix(1);
  while (!text.empty() && text.back() == '/') text.remove_suffix(1);
  return text;
}

}  // namespace

std::string host_identity(const http::Url& service) {
  http::Url url = service;
  if (url.host.size() > 1 && url.host.back() == '.') url.host.pop_back();
  if (url.host == "localhost") url.host = "127.0.0.1";
  while (!url.path.empty() && url.path.back() == '/') url.path.pop_back();
  return url.authority() + url.path;
}

std::string place_lines(const std::string& container, std::string_view prefix) {
  sdk::PlaceLines lines(without_controls(container));
  prefix = trim_slashes(prefix);
  while (!prefix.empty()) {
    const size_t slash = std::min(prefix.find('/'), prefix.size());
    lines.inside(without_controls(prefix.substr(0, slash)));
    prefix.remove_prefix(std::min(slash + 1, prefix.size()));
  }
  return lines.text();
}

}  // namespace berth::common
