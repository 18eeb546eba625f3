// SPDX-License-Identifier: Apache-2.0
//
// How values look to people: names without tricks, sizes, times, durations.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <berth/file_info.hpp>

namespace berth::cli {

// Control characters, invalid UTF-8 and characters that reorder text become \xHH or \u{HHHH}, so
// that a name cannot speak to the terminal.
std::string printable(std::string_view text);

std::string human_size(std::uint64_t bytes);                  // "1.5 MiB"
std::string time_text(const std::optional<Time>& time);       // "2026-01-31 12:00:00", or "-"
std::string time_json(Time time);                             // "2026-01-31T12:00:00.000000000Z"
std::string count_of(std::uint64_t n, std::string_view one);  // "1 file", "2 files"

// 32 hex digits, for a name that no other file has.
std::string random_digits();

// "32KiB", "8MiB", "1024": bytes; nullopt: neither.
std::optional<std::uint64_t> parse_size(std::string_view text);

// "500ms", "30s", "20m", "2h"; nullopt: no duration.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace berth::cli
