// SPDX-License-Identifier: Apache-2.0
#include "common/http/headers.hpp"

#include <curl/curl.h>

#include <charconv>
#include <cstdint>
#include <limits>

namespace berth::http {
namespace {

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::optional<uint64_t> to_number(std::string_view text) noexcept {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

void Headers::set(std::string_view name, std::string_view value) {
  remove(name);
  add(name, value);
}

void Headers::remove(std::string_view name) {
  std::erase_if(list_, [&](const Header& header) { return same_name(header.name, name); });
}

std::optional<std::string_view> Headers::find(std::string_view name) const noexcept {
  for (const Header& header : list_)
    if (same_name(header.name, name)) return std::string_view(header.value);
  return std::nullopt;
}

std::optional<uint64_t> Headers::number(std::string_view name) const noexcept {
  return to_number(get(name));
}

std::optional<ContentRange> content_range(const Headers& headers) noexcept {
  std::string_view text = headers.get("Content-Range");
  constexpr std::string_view unit = "bytes ";
  if (text.size() < unit.size() || !same_name(text.substr(0, unit.size()), unit)) return {};
  text.remove_prefix(unit.size());
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return {};

  ContentRange range;
  const std::string_view size = text.substr(slash + 1);
  range.size = to_number(size);
  if (!range.size && size != "*") return {};
  const std::string_view span = text.substr(0, slash);
  if (span == "*") return range;
  const size_t dash = span.find('-');
  if (dash == std::string_view::npos) return {};
  const auto first = to_number(span.substr(0, dash));
  const auto last = to_number(span.substr(dash + 1));
  if (!first || !last || *first > *last) return {};
  range.first = *first;
  range.last = *last;
  return range;
}

std::string range_header(uint64_t first, uint64_t last) {
  std::string text = "bytes=" + std::to_string(first) + "-";
  if (last != std::numeric_limits<uint64_t>::max()) text += std::to_string(last);
  return text;
}

std::optional<int64_t> parse_http_date(std::string_view text) {
  const time_t seconds = curl_getdate(std::string(text).c_str(), nullptr);
  if (seconds == -1) return std::nullopt;
  return static_cast<int64_t>(seconds);
}

}  // namespace berth::http
