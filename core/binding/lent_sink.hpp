// SPDX-License-Identifier: Apache-2.0
//
// The `sink` that a driver gets together with an emit function. It is a number and no pointer, so a
// driver that reports entries after its function returned, from two threads at once, or with a sink
// that it made up, harms no memory: what it reports is not used.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <berth/driver.h>

namespace berth::binding {

// Gets what a driver reports, one entry or range at a time.
class EntryReceiver {
 public:
  // Returns BERTH_VISIT_CONTINUE, BERTH_VISIT_STOP or BERTH_VISIT_SKIP_DIRECTORY. entry may be
  // null.
  virtual std::int32_t receive(const berth_entry* entry) noexcept = 0;
  // read_ranges only: range `index` is complete. index may be any number.
  virtual void receive_range(std::size_t /*index*/) noexcept {}

 protected:
  ~EntryReceiver() = default;
};

struct SinkSlot;

class LentSink {
 public:
  explicit LentSink(EntryReceiver& receiver);  // throws std::bad_alloc
  ~LentSink();
  LentSink(const LentSink&) = delete;
  LentSink& operator=(const LentSink&) = delete;

  void* get() const noexcept { return token_; }
  static std::int32_t emit(void* sink, const berth_entry* entry) noexcept;
  static void range_done(void* sink, std::size_t index) noexcept;

  // From here on the receiver gets nothing more. Waits for an emit that another thread is in.
  void end() noexcept;
  // Whether a second thread reported while one did. REQUIRES: end() was called.
  bool overlapped() const noexcept { return overlapped_; }

 private:
  SinkSlot* slot_;  // null: ended
  void* token_;
  bool overlapped_ = false;
};

}  // namespace berth::binding
