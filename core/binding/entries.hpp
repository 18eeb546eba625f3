// SPDX-License-Identifier: Apache-2.0
//
// Receives the entries that a driver reports and checks each before the program sees it. Exceptions
// of the visitor and faults of the driver are kept while C frames are on the stack, and thrown
// after the driver's function returned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include <berth/driver.h>
#include <berth/file_info.hpp>
#include <berth/store.hpp>

#include "binding/failure.hpp"
#include "binding/lent_sink.hpp"
#include "model/path.hpp"

namespace berth::binding {

// Copies what a driver reports of the object at `path`; the path in the entry is not read. Returns
// what is wrong with the entry, or nullptr.
const char* copy_entry(const berth_entry* entry, std::string_view path, FileInfo& into);

// Of stat, reader_info and `stored`: the one entry about `context.path`; the path in the entry is
// not read.
class OneEntry final : public EntryReceiver {
 public:
  explicit OneEntry(const CallContext& context) : context_(context), sink_(*this) {}

  void* sink() const noexcept { return sink_.get(); }  // goes with LentSink::emit

  // How often the driver reported. Throws when the entry breaks the contract. To be called after
  // the driver's function returned.
  int count();
  FileInfo take() { return std::move(info_); }

  // Of `stored`: what the driver reported, or nullopt. Throws as count() does.
  std::optional<FileInfo> take_stored();

 private:
  std::int32_t receive(const berth_entry* entry) noexcept override;

  const CallContext& context_;
  FileInfo info_;
  int count_ = 0;
  const char* fault_ = nullptr;
  std::exception_ptr thrown_;
  LentSink sink_;  // last: it ends before what it writes to
};

// Of list (direct children of a directory) and walk (everything below it).
class ManyEntries final : public EntryReceiver {
 public:
  enum class Depth { children, all };

  // rules: which paths the store takes; longer names cannot be asked for. unnameable may be empty:
  // then the log gets the names that no path can express.
  ManyEntries(const CallContext& context, Depth depth, const model::PathRules& rules,
              const Visitor& visit, const UnnameableVisitor& unnameable)
      : context_(context),
        depth_(depth),
        max_path_bytes_(rules.max_bytes),
        visit_(visit),
        unnameable_(unnameable),
        sink_(*this) {}

  void* sink() const noexcept { return sink_.get(); }  // goes with LentSink::emit

  // True: the status of the driver does not matter, rethrow() throws. To be called after the
  // driver's function returned, as is rethrow().
  bool failed() noexcept;

  // Throws what the visitor threw, or what is wrong with an entry.
  void rethrow();

 private:
  std::int32_t receive(const berth_entry* entry) noexcept override;
  std::int32_t take(const berth_entry& entry);
  std::string fault_of(const berth_entry& entry) const;
  std::string order_fault(const Entry& entry);
  bool is_expressible(std::string_view path) const;
  bool is_nameless(const berth_entry& raw) const;
  void leave_out(std::string_view name) const;
  bool is_skipped(std::string_view path) const;
  std::int32_t answer(const Entry& entry, Visit wanted);

  const CallContext& context_;
  const Depth depth_;
  const std::size_t max_path_bytes_;
  const Visitor& visit_;
  const UnnameableVisitor& unnameable_;
  bool stopped_ = false;
  std::string skipped_;  // the directory that is not entered; empty: none
  std::string last_;     // walk: the path reported before; empty: none
  bool last_is_directory_ = false;
  std::string fault_;
  std::exception_ptr thrown_;
  LentSink sink_;  // last: it ends before what it writes to
};

}  // namespace berth::binding
