// SPDX-License-Identifier: Apache-2.0
//
// Cleanup after an operation whose outcome is already decided. Its own failure is logged and not
// reported as the operation's.
#pragma once

#include <chrono>
#include <exception>
#include <string>

#include <berth/driver.hpp>

namespace berth::rados {

// For the cleanup after a failed operation, whose own deadline may have passed.
inline constexpr std::chrono::milliseconds cleanup_timeout{1000};

template <class Body>
void log_failure_of(const std::string& what, Body&& body) {
  try {
    body();
  } catch (const std::exception& error) {
    sdk::log(BERTH_LOG_WARN, what + ": " + error.what());
  }
}

inline std::string may_leave_orphans(const std::string& blob) {
  return "chunks of " + blob + " may be left as orphans";
}

inline std::string may_leave_directory(const std::string& directory) {
  return "the empty directory " + directory + " may be left";
}

}  // namespace berth::rados
