// SPDX-License-Identifier: Apache-2.0
//
// How far long work has come: a line that changes on a terminal, a line every ten seconds
// elsewhere, on stderr. [any thread]
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace berth::cli {

class Progress {
 public:
  explicit Progress(bool shown);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void expect(std::uint64_t bytes) noexcept { expected_ += bytes; }  // so far known to come
  void all_known() noexcept { all_known_ = true; }  // from now on there is a percentage
  void moved(std::uint64_t bytes) noexcept { bytes_ += bytes; }
  void file_done() noexcept { ++files_; }

  // Shows a message without tearing the bar.
  void complain(const std::string& text);

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  void draw() noexcept;  // REQUIRES: mutex_
  void clear();          // REQUIRES: mutex_
  std::string line() const;

  const Clock::time_point start_ = Clock::now();
  std::atomic<std::uint64_t> expected_{0}, bytes_{0}, files_{0};
  std::atomic<bool> all_known_{false};
  bool terminal_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ended_ = false;
  bool drawn_ = false;
  std::thread thread_;
};

}  // namespace berth::cli
