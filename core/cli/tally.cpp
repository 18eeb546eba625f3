// SPDX-License-Identifier: Apache-2.0
//
// Counts and lines.
#include "cli/tally.hpp"

#include <array>
#include <cstdio>
#include <utility>

#include <nlohmann/json.hpp>

#include "cli/exit_code.hpp"
#include "cli/text.hpp"

namespace berth::cli {
namespace {

// Of "local: Path not found: x" what is not said with the name "x" already.
std::string reason_of(const std::string& what, const std::exception& error) {
  constexpr std::string_view local_prefix = "local: ";
  std::string_view text = error.what();
  if (!text.starts_with(local_prefix)) return std::string(text);
  text.remove_prefix(local_prefix.size());
  if (text.ends_with(": " + what)) text.remove_suffix(what.size() + 2);
  return std::string(text);
}

}  // namespace

Tally::Tally(Session& session, std::string done)
    : session_(session),
      done_word_(std::move(done)),
      progress_(!session.globals.quiet && !session.globals.json) {}

void Tally::done(const std::string& from, const std::string& to, std::uint64_t bytes) {
  ++done_;
  bytes_ += bytes;
  progress_.file_done();
  if (session_.globals.json) {
    session_.out.json(
        {{"event", done_word_}, {"source", from}, {"destination", to}, {"bytes", bytes}});
  } else if (session_.globals.verbose) {
    say(done_word_ + " " + from + " to " + to);
  }
}

void Tally::same(const std::string& to) {
  ++same_;
  progress_.file_done();
  if (session_.globals.json) session_.out.json({{"event", "same"}, {"destination", to}});
}

void Tally::removed(const std::string& what) {
  ++removed_;
  if (session_.globals.json) session_.out.json({{"event", "removed"}, {"place", what}});
  if (session_.globals.verbose) say("removed " + what);
}

void Tally::skipped(const std::string& what, const std::string& reason) {
  ++skipped_;
  if (session_.globals.json) {
    session_.out.json({{"event", "skipped"}, {"place", what}, {"reason", reason}});
  }
  say("skipped: " + what + " " + reason);
}

void Tally::failed(const std::string& what, const std::exception& error) {
  if (session_.stop().stop_requested()) return;  // it failed because we are leaving
  code_ = exit_code_of(error);
  failed(what, reason_of(what, error));
}

void Tally::failed(const std::string& what, const std::string& reason) {
  ++failed_;
  if (session_.globals.json) {
    session_.out.json({{"event", "failed"}, {"place", what}, {"error", reason}});
  }
  say(what + ": " + reason);
}

// One line a file, whatever its name holds.
void Tally::say(const std::string& text) {
  progress_.complain(printable(text));
}

int Tally::finish() {
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start_;
  if (session_.globals.json) {
    print_json(passed.count());
  } else if (!session_.globals.quiet) {
    say(summary(passed.count()));
  }
  if (failed_ == 0) return exit_ok;
  const bool only_one = failed_ == 1 && done_ == 0 && same_ == 0 && code_ != 0;
  return only_one ? code_.load() : int{exit_failed};
}

void Tally::print_json(double seconds) const {
  session_.out.json({{"event", "summary"},
                     {"files", done_.load()},
                     {"bytes", bytes_.load()},
                     {"same", same_.load()},
                     {"removed", removed_.load()},
                     {"skipped", skipped_.load()},
                     {"failed", failed_.load()},
                     {"seconds", seconds}});
}

std::string Tally::summary(double seconds) const {
  std::array<char, 32> time{};
  std::snprintf(time.data(), time.size(), "%.1f s", seconds);
  auto text = done_word_ + " " + count_of(done_, "file") + ", " + human_size(bytes_) + ", in " +
              time.data();
  if (same_ > 0) text += "; " + std::to_string(same_) + " were the same";
  if (removed_ > 0) text += "; removed " + std::to_string(removed_);
  if (skipped_ > 0) text += "; skipped " + std::to_string(skipped_);
  if (failed_ > 0) text += "; " + std::to_string(failed_) + " failed";
  return session_.stop().stop_requested() ? "stopped early: " + text : text;
}

}  // namespace berth::cli
