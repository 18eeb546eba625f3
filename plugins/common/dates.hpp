// SPDX-License-Identifier: Apache-2.0
//
// The date forms of the services' headers and documents, always UTC and independent of the locale.
#ifndef BERTH_COMMON_DATES_HPP
#define BERTH_COMMON_DATES_HPP

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace berth::common {

using Time = std::chrono::system_clock::time_point;

// All three return nullopt for what is not such a date, and parse_date() and parse_iso_date() also
// for a time that nanoseconds since the epoch cannot express (before 1677, after 2262): a time that
// is not known is never replaced by another one.

// Any form that services write: parse_iso_date(), or one of the three HTTP dates ("Sun, 06 Nov 1994
// 08:49:37 GMT"). In nanoseconds since the epoch. Logs at level debug what it cannot parse.
[[nodiscard]] std::optional<int64_t> parse_date(std::string_view text);

// "2015-08-30T12:36:00Z", with or without a fraction or an offset, in nanoseconds since the epoch.
[[nodiscard]] std::optional<int64_t> parse_iso_date(std::string_view text);

// The same as a time of the system's clock. A far year, which services write for "never", becomes
// the last time that the clock can express.
[[nodiscard]] std::optional<Time> parse_iso_time(std::string_view text);

[[nodiscard]] std::string iso_date(Time time);        // "2015-08-30T12:36:00Z"
[[nodiscard]] std::string iso_basic_date(Time time);  // "20150830T123600Z"
[[nodiscard]] std::string http_date(Time time);       // "Sun, 06 Nov 1994 08:49:37 GMT"

}  // namespace berth::common

#endif  // BERTH_COMMON_DATES_HPP
