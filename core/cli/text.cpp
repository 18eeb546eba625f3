// SPDX-License-Identifier: Apache-2.0
//
// Values as text and back.
#include "cli/text.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <limits>
#include <random>

namespace berth::cli {
namespace {

struct Decoded {
  char32_t character = 0;
  std::size_t size = 0;  // 0: not UTF-8
};

std::size_t sequence_size(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  return lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
}

bool is_overlong_or_surrogate(char32_t c, std::size_t size) {
  if (size == 3) return c < 0x800 || (c >= 0xD800 && c <= 0xDFFF);
  return size == 4 && (c < 0x10000 || c > 0x10FFFF);
}

Decoded decode(std::string_view text) {
  constexpr std::array<unsigned, 5> lead_mask{0, 0x7F, 0x1F, 0x0F, 0x07};
  const auto lead = static_cast<unsigned char>(text[0]);
  const auto size = sequence_size(lead);
  if (size == 0 || size > text.size()) return {};
  char32_t character = lead & lead_mask[size];
  for (std::size_t i = 1; i < size; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0U) != 0x80U) return {};
    character = (character << 6U) | (byte & 0x3FU);
  }
  if (is_overlong_or_surrogate(character, size)) return {};
  return {character, size};
}

// Controls, line separators, and what reorders or hides the text around it.
bool is_tricky(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

std::string hex(const char* format, unsigned value) {
  std::array<char, 16> buffer{};
  const int size = std::snprintf(buffer.data(), buffer.size(), format, value);
  return {buffer.data(), static_cast<std::size_t>(size)};
}

std::string time_as(const char* format, Time time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t value = std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(seconds));
  std::tm parts{};
  ::gmtime_r(&value, &parts);
  std::array<char, 40> buffer{};
  return {buffer.data(), std::strftime(buffer.data(), buffer.size(), format, &parts)};
}

// Splits "12MiB" into 12 and "MiB".
std::optional<std::uint64_t> leading_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::optional<std::uint64_t> scaled(std::uint64_t number, std::uint64_t unit) {
  if (number > std::numeric_limits<std::int64_t>::max() / unit) return std::nullopt;
  return number * unit;
}

template <class Units>
std::optional<std::uint64_t> parse_with(std::string_view text, const Units& units) {
  const auto number = leading_number(text);
  if (!number) return std::nullopt;
  for (const auto& [name, unit] : units) {
    if (text == name) return scaled(*number, unit);
  }
  return std::nullopt;
}

struct Unit {
  std::string_view name;
  std::uint64_t value;
};

}  // namespace

std::string printable(std::string_view text) {
  std::string safe;
  while (!text.empty()) {
    const auto [character, size] = decode(text);
    if (size == 0) {
      safe += hex("\\x%02x", static_cast<unsigned char>(text[0]));
    } else if (is_tricky(character)) {
      safe += hex(character < 0x80 ? "\\x%02x" : "\\u{%x}", static_cast<unsigned>(character));
    } else {
      safe += text.substr(0, size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return safe;
}

std::string human_size(std::uint64_t bytes) {
  constexpr std::array<const char*, 7> units{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return std::to_string(bytes) + " B";
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1023.95 && unit + 1 < units.size(); ++unit) value /= 1024;
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.1f %s", value, units[unit]);
  return buffer.data();
}

std::string time_text(const std::optional<Time>& time) {
  return time ? time_as("%Y-%m-%d %H:%M:%S", *time) : "-";
}

std::string time_json(Time time) {
  const auto rest = time - std::chrono::floor<std::chrono::seconds>(time);
  std::array<char, 16> nanoseconds{};
  std::snprintf(nanoseconds.data(), nanoseconds.size(), ".%09lldZ",
                static_cast<long long>(rest.count()));
  return time_as("%Y-%m-%dT%H:%M:%S", time) + nanoseconds.data();
}

std::string count_of(std::uint64_t n, std::string_view one) {
  return std::to_string(n) + " " + std::string(one) + (n == 1 ? "" : "s");
}

std::string random_digits() {
  std::random_device random;
  std::string digits;
  for (int i = 0; i < 4; ++i) digits += hex("%08x", random());
  return digits;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  static constexpr std::array<Unit, 12> units{{{"", 1},
                                               {"B", 1},
                                               {"K", 1ULL << 10U},
                                               {"M", 1ULL << 20U},
                                               {"G", 1ULL << 30U},
                                               {"T", 1ULL << 40U},
                                               {"KiB", 1ULL << 10U},
                                               {"MiB", 1ULL << 20U},
                                               {"GiB", 1ULL << 30U},
                                               {"TiB", 1ULL << 40U},
                                               {"kB", 1000},
                                               {"MB", 1000000}}};
  return parse_with(text, units);
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  static constexpr std::array<Unit, 5> units{
      {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
  const auto value = parse_with(text, units);
  if (!value) return std::nullopt;
  return std::chrono::milliseconds(*value);
}

}  // namespace berth::cli
