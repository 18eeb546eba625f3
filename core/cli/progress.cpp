// SPDX-License-Identifier: Apache-2.0
//
// A thread that draws, so that workers only count.
#include "cli/progress.hpp"

#include <algorithm>
#include <exception>
#include <string_view>

#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/output.hpp"
#include "cli/text.hpp"

namespace berth::cli {
namespace {

constexpr std::chrono::milliseconds redraw_interval{200};
constexpr std::chrono::seconds plain_interval{10};
constexpr std::size_t bar_width = 20;

// A progress line that cannot be written is no reason to stop the work.
void say(std::string_view text) noexcept {
  try {
    write_all(STDERR_FILENO, text);
  } catch (...) {
  }
}

std::string bar(double share) {
  const auto full = static_cast<std::size_t>(share * static_cast<double>(bar_width));
  return "[" + std::string(full, '#') + std::string(bar_width - full, '.') + "] " +
         std::to_string(static_cast<int>(share * 100)) + "%  ";
}

std::size_t terminal_width() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20;
  return known ? size.ws_col : 80;
}

}  // namespace

Progress::Progress(bool shown) : terminal_(::isatty(STDERR_FILENO) != 0) {
  if (!shown) return;
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::exception&) {  // no thread or no memory: the work goes on without the display
  }
}

Progress::~Progress() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    clear();
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Progress::run() {
  std::unique_lock lock(mutex_);
  const std::chrono::milliseconds pause = terminal_ ? redraw_interval : plain_interval;
  while (!wake_.wait_for(lock, pause, [this] { return ended_; })) draw();
}

void Progress::draw() noexcept {
  try {
    if (!terminal_) return say("berth: " + line() + "\n");
    drawn_ = true;
    say("\r\x1b[K" + line().substr(0, terminal_width() - 1));
  } catch (const std::exception&) {  // no memory for the line; the next one may have it
  }
}

void Progress::clear() {
  if (drawn_) say("\r\x1b[K");
  drawn_ = false;
}

void Progress::complain(const std::string& text) {
  const std::lock_guard lock(mutex_);
  clear();
  cli::complain(text);
}

std::string Progress::line() const {
  const std::uint64_t bytes = bytes_, expected = std::max<std::uint64_t>(expected_, 1);
  const std::chrono::duration<double> passed = Clock::now() - start_;
  const auto rate = static_cast<double>(bytes) / std::max(passed.count(), 0.001);
  const auto share = std::min(1.0, static_cast<double>(bytes) / static_cast<double>(expected));
  return (all_known_ ? bar(share) : "") + count_of(files_, "file") + ", " + human_size(bytes) +
         (all_known_ ? " of " + human_size(expected_) : "") + ", " +
         human_size(static_cast<std::uint64_t>(rate)) + "/s";
}

}  // namespace berth::cli
