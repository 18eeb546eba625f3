// SPDX-License-Identifier: Apache-2.0
//
// The library's log: one spdlog logger named "berth", on stderr unless the program registered a
// logger of that name first. Starts at level warn. Never destroyed: drivers log until the end.
// [any thread]
#pragma once

#include <string_view>

namespace berth::model {

enum class LogLevel { trace, debug, info, warn, error, off };  // numbers as BERTH_LOG_*

// "trace" ... "error", "off"; false: no such level, nothing changed.
bool set_log_level(std::string_view name) noexcept;
void set_log_level(LogLevel level) noexcept;

// Whether a line of that level would be kept: ask before formatting.
bool log_enabled(LogLevel level) noexcept;

// Control characters of the text become blanks, so that a line stays a line.
void log(LogLevel level, std::string_view text) noexcept;
// "<driver>: <text>"
void log(LogLevel level, std::string_view driver, std::string_view text) noexcept;

// Around fork(): no other thread is inside the logger between the two.
void lock_log() noexcept;
void unlock_log() noexcept;

}  // namespace berth::model
