// SPDX-License-Identifier: Apache-2.0
//
// What is left to do when the outcome of an operation is certain. It may fail, but its failure is
// not the operation's: it is logged.
#pragma once

#include <chrono>
#include <exception>
#include <string>

#include <berth/driver.hpp>

namespace berth::rados {

// What clearing up behind a failed operation may take, whose own call may be over.
inline constexpr std::chrono::milliseconds clean_up_time{1000};

template <class Body>
void quietly(const std::string& what, Body&& body) {
  try {
    body();
  } catch (const std::exception& error) {
    sdk::log(BERTH_LOG_WARN, what + ": " + error.what());
  }
}

inline std::string orphaned(const std::string& blob) {
  return "chunks of " + blob + " may be left as orphans";
}

inline std::string unpruned(const std::string& directory) {
  return "the empty directory " + directory + " may be left";
}

}  // namespace berth::rados
