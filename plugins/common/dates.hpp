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

// "2015-08-30T12:36:00Z", with or without a fraction or an offset. nullopt: something else.
[[nodiscard]] std::optional<int64_t> parse_iso_date(std::string_view text);  // ns since the epoch

[[nodiscard]] std::optional<Time> parse_iso_time(std::string_view text);

[[nodiscard]] std::string iso_date(Time time);        // "2015-08-30T12:36:00Z"
[[nodiscard]] std::string iso_basic_date(Time time);  // "20150830T123600Z"
[[nodiscard]] std::string http_date(Time time);       // "Sun, 06 Nov 1994 08:49:37 GMT"

}  // namespace berth::common

#endif  // BERTH_COMMON_DATES_HPP
