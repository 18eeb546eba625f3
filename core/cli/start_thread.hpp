// SPDX-License-Identifier: Apache-2.0
//
// std::thread with a message that says what to do when the system refuses one.
#pragma once

#include <system_error>
#include <thread>
#include <utility>

namespace berth::cli {

template <class Run>
std::thread start_thread(Run run) {
  try {
    return std::thread(std::move(run));
  } catch (const std::system_error& error) {
    throw std::system_error(error.code(), "cannot start a thread; see ulimit -u and pids.max");
  }
}

}  // namespace berth::cli
