// SPDX-License-Identifier: Apache-2.0
//
// Receives the entries that a driver reports and checks each before anybody sees it. Exceptions of
// the visitor and faults of the driver are kept while C frames are on the stack, and thrown after.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include <berth/driver.h>
#include <berth/file_info.hpp>
#include <berth/store.hpp>

#include "binding/failure.hpp"

namespace berth::binding {

// Of stat and reader_info: the one entry about `asked.path`; the path in the entry is not looked
// at.
class OneEntry {
 public:
  explicit OneEntry(const Asked& asked) noexcept : asked_(asked) {}

  static std::int32_t emit(void* sink, const berth_entry* entry) noexcept;

  // How often the driver reported. Throws when what it reported is nonsense.
  int count() const;
  FileInfo take() { return std::move(info_); }

 private:
  void receive(const berth_entry& entry);

  const Asked& asked_;
  FileInfo info_;
  int count_ = 0;
  const char* fault_ = nullptr;
  std::exception_ptr thrown_;
};

// Of list (direct children of a directory) and walk (everything below it).
class ManyEntries {
 public:
  enum class Depth { children, all };

  // unnameable may be empty: then the log gets what no path can express.
  ManyEntries(const Asked& asked, Depth depth, const Visitor& visit,
              const UnnameableVisitor& unnameable) noexcept
      : asked_(asked), depth_(depth), visit_(visit), unnameable_(unnameable) {}

  static std::int32_t emit(void* sink, const berth_entry* entry) noexcept;

  // What the driver answers after that matters no more.
  bool failed() const noexcept { return thrown_ != nullptr || !fault_.empty(); }

  // Throws what the visitor threw, or what is wrong with an entry.
  void rethrow() const;

 private:
  std::int32_t receive(const berth_entry& entry);
  std::string fault_of(const berth_entry& entry) const;
  bool is_nameless(std::string_view path) const;
  void leave_out(std::string_view name) const;
  bool is_skipped(std::string_view path) const;
  std::int32_t answer(const Entry& entry, Visit wanted);

  const Asked& asked_;
  const Depth depth_;
  const Visitor& visit_;
  const UnnameableVisitor& unnameable_;
  bool stopped_ = false;
  std::string skipped_;  // the directory that is not entered; empty: none
  std::string fault_;
  std::exception_ptr thrown_;
};

}  // namespace berth::binding
