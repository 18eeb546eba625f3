// SPDX-License-Identifier: Apache-2.0
//
// What became of the files of a copy, a sync, a move: told one by one and in a summary.
// [any thread]
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <string>

#include "cli/progress.hpp"
#include "cli/session.hpp"

namespace berth::cli {

class Tally {
 public:
  // done: "copied", "moved" or "synced", for messages.
  Tally(Session& session, std::string done);

  void done(const std::string& from, const std::string& to, std::uint64_t bytes);
  void same(const std::string& to);  // was there already
  void removed(const std::string& what);
  void skipped(const std::string& what, const std::string& reason);
  void failed(const std::string& what, const std::exception& error);
  void failed(const std::string& what, const std::string& reason);

  std::uint64_t failures() const noexcept { return failed_; }
  Progress& progress() noexcept { return progress_; }

  // Prints the summary. The exit code: of the only failure if nothing else happened, else "some
  // failed".
  int finish();

 private:
  void say(const std::string& text);
  void print_json(double seconds) const;
  std::string summary(double seconds) const;

  Session& session_;
  const std::string done_word_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  Progress progress_;
  std::atomic<std::uint64_t> done_{0}, bytes_{0}, same_{0}, removed_{0}, skipped_{0}, failed_{0};
  std::atomic<int> code_{0};  // of the last failure
};

}  // namespace berth::cli
