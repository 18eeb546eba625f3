// SPDX-License-Identifier: Apache-2.0
//
// strftime and strptime obey the locale, which is the program's and not ours, so days and months
// are spelled here.
#include "common/dates.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace berth::common {
namespace {

constexpr int64_t nanoseconds = 1'000'000'000;

std::tm utc(Time time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return parts;
}

// Reads exactly `digits` digits; -1: they are not there.
int take_number(std::string_view& text, size_t digits) {
  if (text.size() < digits) return -1;
  int value = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// ".123" as nanoseconds; digits behind the ninth are read and dropped.
int64_t take_fraction(std::string_view& text) {
  int64_t unit = nanoseconds / 10;
  int64_t value = 0;
  if (!take(text, '.')) return 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; unit /= 10)
    value += unit * (text.front() - '0'), text.remove_prefix(1);
  return value;
}

// "Z", "+02:00", "-0130" or nothing, as seconds east of Greenwich.
std::optional<int> take_offset(std::string_view& text) {
  if (text.empty() || take(text, 'Z')) return 0;
  const int sign = text.front() == '-' ? -1 : 1;
  if (!take(text, '+') && !take(text, '-')) return std::nullopt;
  const int hours = take_number(text, 2);
  take(text, ':');
  const int minutes = take_number(text, 2);
  if (hours < 0 || minutes < 0) return std::nullopt;
  return sign * (hours * 3600 + minutes * 60);
}

template <class... Parts>
std::string print(const char* format, Parts... parts) {
  std::array<char, 96> text{};
  const int size = std::snprintf(text.data(), text.size(), format, parts...);
  return std::string(text.data(), static_cast<size_t>(size));
}

}  // namespace

std::optional<int64_t> parse_iso_date(std::string_view text) {
  std::tm parts{};
  const auto part = [&text](size_t digits, char before) {
    return before != '\0' && !take(text, before) ? -1 : take_number(text, digits);
  };
  parts.tm_year = part(4, '\0') - 1900;
  parts.tm_mon = part(2, '-') - 1;
  parts.tm_mday = part(2, '-');
  parts.tm_hour = part(2, 'T');
  parts.tm_min = part(2, ':');
  parts.tm_sec = part(2, ':');
  if (parts.tm_year < 0 || parts.tm_mon < 0 || parts.tm_mon > 11 || parts.tm_mday < 1 ||
      parts.tm_hour < 0 || parts.tm_min < 0 || parts.tm_sec < 0)
    return std::nullopt;
  const int64_t fraction = take_fraction(text);
  const std::optional<int> offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  // "Never" is often a year that nanoseconds since 1970 cannot tell: it becomes 2262.
  constexpr int64_t last_second = INT64_MAX / nanoseconds - 1;
  const int64_t seconds = static_cast<int64_t>(timegm(&parts)) - *offset;
  return std::min(seconds, last_second) * nanoseconds + fraction;
}

std::optional<Time> parse_iso_time(std::string_view text) {
  const auto since_epoch = parse_iso_date(text);
  if (!since_epoch) return std::nullopt;
  return Time(std::chrono::duration_cast<Time::duration>(std::chrono::nanoseconds(*since_epoch)));
}

std::string iso_date(Time time) {
  const std::tm t = utc(time);
  return print("%04d-%02d-%02dT%02d:%02d:%02dZ", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
               t.tm_hour, t.tm_min, t.tm_sec);
}

std::string iso_basic_date(Time time) {
  const std::tm t = utc(time);
  return print("%04d%02d%02dT%02d%02d%02dZ", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour,
               t.tm_min, t.tm_sec);
}

std::string http_date(Time time) {
  static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::tm t = utc(time);
  return print("%s, %02d %s %04d %02d:%02d:%02d GMT", days[t.tm_wday], t.tm_mday, months[t.tm_mon],
               t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

}  // namespace berth::common
