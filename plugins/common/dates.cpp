// SPDX-License-Identifier: Apache-2.0
//
// strftime and strptime obey the locale, which is the program's and not ours, so days and months
// are spelled here.
#include "common/dates.hpp"

#include <algorithm>
#include <array>
#include <berth/driver.hpp>
#include <cstdio>
#include <ctime>

#include "common/http/headers.hpp"

namespace berth::common {
namespace {

constexpr int64_t nanoseconds = 1'000'000'000;
constexpr int64_t last_second = INT64_MAX / nanoseconds - 1;  // with any fraction

struct Moment {
  int64_t seconds = 0;   // since the epoch
  int64_t fraction = 0;  // nanoseconds
};

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

bool are_in_range(const std::tm& parts) noexcept {
  return parts.tm_year >= -1900 && parts.tm_mon >= 0 && parts.tm_mon <= 11 && parts.tm_mday >= 1 &&
         parts.tm_mday <= 31 && parts.tm_hour >= 0 && parts.tm_hour <= 23 && parts.tm_min >= 0 &&
         parts.tm_min <= 59 && parts.tm_sec >= 0 && parts.tm_sec <= 60;
}

std::optional<Moment> parse_iso(std::string_view text) {
  std::tm parts{};
  const auto part = [&text](size_t digits, char before) {
    return before != '\0' && !take(text, before) ? -1 : take_number(text, digits);
  };
  const int year = part(4, '\0');
  parts.tm_year = year - 1900;
  parts.tm_mon = part(2, '-') - 1;
  parts.tm_mday = part(2, '-');
  parts.tm_hour = part(2, text.starts_with(' ') ? ' ' : 'T');
  parts.tm_min = part(2, ':');
  parts.tm_sec = part(2, ':');
  if (year < 0 || !are_in_range(parts)) return std::nullopt;
  const int64_t fraction = take_fraction(text);
  const std::optional<int> offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  return Moment{static_cast<int64_t>(timegm(&parts)) - *offset, fraction};
}

bool is_expressible(int64_t seconds) noexcept {
  return seconds >= -last_second && seconds <= last_second;
}

std::optional<int64_t> nanoseconds_of(const std::optional<Moment>& moment) noexcept {
  if (!moment || !is_expressible(moment->seconds)) return std::nullopt;
  return moment->seconds * nanoseconds + moment->fraction;
}

}  // namespace

std::optional<int64_t> parse_iso_date(std::string_view text) {
  return nanoseconds_of(parse_iso(text));
}

std::optional<int64_t> parse_date(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::optional<Moment> moment = parse_iso(text);
  if (!moment)
    if (const auto seconds = http::parse_http_date(text)) moment = Moment{*seconds, 0};
  const auto time = nanoseconds_of(moment);
  if (!time && sdk::log_enabled(BERTH_LOG_DEBUG))
    sdk::log(BERTH_LOG_DEBUG,
             "the time '" + std::string(text) + "' that the service reports is taken as not known");
  return time;
}

std::optional<Time> parse_iso_time(std::string_view text) {
  const auto moment = parse_iso(text);
  if (!moment) return std::nullopt;
  const int64_t seconds = std::clamp(moment->seconds, -last_second, last_second);
  return Time(std::chrono::duration_cast<Time::duration>(
      std::chrono::nanoseconds(seconds * nanoseconds + moment->fraction)));
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
