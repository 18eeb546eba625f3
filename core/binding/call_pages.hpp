// SPDX-License-Identifier: Apache-2.0
//
// A debugging aid for authors of drivers, off unless the environment sets BERTH_CALL_PAGES: the
// berth_call and berth_error of each call are on a page of their own that is accessible during the
// call only, so a driver that keeps one of the pointers crashes where it uses it next. Each page
// also names the call, for `berth check`, which reads it when the process has died.
//
//   BERTH_CALL_PAGES=1      pages of this process
//   BERTH_CALL_PAGES=fd:N   pages in the file of descriptor N, where the parent process reads them
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <string_view>

#include <berth/driver.h>

#include "model/trace.hpp"

namespace berth::binding {

// At the beginning of each page.
struct LentCall {
  // What the call does, as 'put of "/a"', NUL-terminated; empty: no call uses the page.
  std::array<char, 2560> doing;
  berth_call call;
  berth_error error;
};

// A ring of pages. The mapping is named "berth-calls" in /proc/PID/maps. [any thread]
class CallPages {
 public:
  static constexpr std::size_t count = 1024;

  // In the file fd, which is extended to the size of the pages and may be shared with another
  // process; -1: private memory. Throws std::system_error.
  explicit CallPages(int fd);
  ~CallPages();
  CallPages(const CallPages&) = delete;
  CallPages& operator=(const CallPages&) = delete;

  // A page, accessible until it is returned; nullptr: all of them are in use.
  LentCall* lend() noexcept;
  void take_back(LentCall* lent) noexcept;

 private:
  const std::size_t page_bytes_;
  std::byte* pages_ = nullptr;
  std::atomic<std::size_t> next_{0};
  std::array<std::atomic<bool>, count> in_use_{};
};

// The pages that the environment asked for when the process made its first call; nullptr: none.
CallPages* call_pages() noexcept;

// The page of one call. [one]
class PageLoan {
 public:
  PageLoan() noexcept;
  ~PageLoan();
  PageLoan(const PageLoan&) = delete;
  PageLoan& operator=(const PageLoan&) = delete;

  LentCall* page() const noexcept { return page_; }  // nullptr: call_pages() gave none
  // What the driver is called for now; a path is shortened where it does not fit.
  void describe(const model::TracedCall& call) noexcept;

 private:
  LentCall* const page_;
};

}  // namespace berth::binding
