// SPDX-License-Identifier: Apache-2.0
//
// The only file that knows spdlog.
#include "model/log.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <string>

#include <spdlog/details/console_globals.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace berth::model {
namespace {

constexpr std::array<std::string_view, 6> level_names{"trace", "debug", "info",
                                                      "warn",  "error", "off"};

spdlog::level::level_enum to_spdlog(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::trace:
      return spdlog::level::trace;
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
    case LogLevel::off:
      break;
  }
  return spdlog::level::off;
}

std::shared_ptr<spdlog::logger> make_logger() {
  if (auto existing = spdlog::get("berth")) return existing;
  auto made =
      std::make_shared<spdlog::logger>("berth", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  made->set_level(spdlog::level::warn);
  spdlog::register_logger(made);
  return made;
}

// Held by a pointer that is never deleted: a driver's thread may log while the process ends.
spdlog::logger& logger() {
  static const auto* const kept = new std::shared_ptr<spdlog::logger>(make_logger());
  return **kept;
}

std::string one_line(std::string_view text) {
  std::string line(text);
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  return line;
}

}  // namespace

bool set_log_level(std::string_view name) noexcept {
  for (std::size_t i = 0; i < level_names.size(); ++i)
    if (level_names[i] == name) return set_log_level(static_cast<LogLevel>(i)), true;
  return false;
}

void set_log_level(LogLevel level) noexcept {
  try {
    logger().set_level(to_spdlog(level));
  } catch (...) {  // no logger can be made: there is nothing to set
  }
}

bool log_enabled(LogLevel level) noexcept {
  try {
    return logger().should_log(to_spdlog(level));
  } catch (...) {
    return false;
  }
}

void log(LogLevel level, std::string_view text) noexcept {
  try {
    if (log_enabled(level)) logger().log(to_spdlog(level), "{}", one_line(text));
  } catch (...) {  // a line that cannot be written is lost; the operation goes on
  }
}

void log(LogLevel level, std::string_view driver, std::string_view text) noexcept {
  try {
    if (log_enabled(level)) log(level, std::string(driver) + ": " + std::string(text));
  } catch (...) {
  }
}

// The one mutex of all console sinks.
void lock_log() noexcept {
  spdlog::details::console_mutex::mutex().lock();
}

void unlock_log() noexcept {
  spdlog::details::console_mutex::mutex().unlock();
}

}  // namespace berth::model
