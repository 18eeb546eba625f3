// SPDX-License-Identifier: Apache-2.0
//
// A token is the index of a slot and how often the slot was used. Slots are never freed. The state
// of a slot, with two atomic operations for each entry:
//
//   closed --LentSink()--> open --emit--> busy --emit returns--> open --end()--> closed
#include "binding/lent_sink.hpp"

#include <array>
#include <cstddef>
#include <mutex>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "model/log.hpp"

namespace berth::binding {

struct SinkSlot {
  enum State : std::uint32_t { closed, open, busy };

  std::atomic<std::uint32_t> state{closed};
  std::atomic<bool> overlapped{false};
  std::atomic<std::uintptr_t> token{0};  // of the use that it is open for
  EntryReceiver* receiver = nullptr;     // written while closed
  std::uintptr_t index = 0;
  std::uintptr_t uses = 0;
};

namespace {

constexpr unsigned index_bits = 16;
constexpr std::size_t max_slots = std::size_t{1} << index_bits;  // calls that list, at once
constexpr std::size_t chunk_size = 64;

// The slots of the process: found by index without a lock. Never destroyed.
class SinkTable {
 public:
  SinkSlot* take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) add_chunk();
    SinkSlot* const slot = free_.back();
    free_.pop_back();
    return slot;
  }

  void give_back(SinkSlot* slot) noexcept {
    const std::lock_guard lock(mutex_);
    free_.push_back(slot);  // has room: add_chunk() reserved it
  }

  // Null: no slot of that index was ever made.
  SinkSlot* find(std::uintptr_t token) const noexcept {
    const std::size_t index = token % max_slots;
    SinkSlot* const chunk = chunks_[index / chunk_size].load(std::memory_order_acquire);
    return chunk == nullptr ? nullptr : chunk + index % chunk_size;
  }

 private:
  void add_chunk() {
    if (slots_ == max_slots) throw std::bad_alloc();
    free_.reserve(slots_ + chunk_size);
    auto* const chunk = new SinkSlot[chunk_size];
    for (std::size_t i = chunk_size; i-- > 0;) {
      chunk[i].index = slots_ + i;
      free_.push_back(chunk + i);
    }
    chunks_[slots_ / chunk_size].store(chunk, std::memory_order_release);
    slots_ += chunk_size;
  }

  std::array<std::atomic<SinkSlot*>, max_slots / chunk_size> chunks_{};
  std::mutex mutex_;  // all below
  std::vector<SinkSlot*> free_;
  std::size_t slots_ = 0;
};

SinkTable& table() {
  static auto* const only = new SinkTable;
  return *only;
}

// The slot that this thread used last, so that most calls take no lock.
thread_local SinkSlot* spare = nullptr;

struct GiveBack {
  ~GiveBack() {
    if (spare != nullptr) table().give_back(std::exchange(spare, nullptr));
  }
};

SinkSlot* take_slot() {
  static thread_local const GiveBack at_thread_end;
  return spare != nullptr ? std::exchange(spare, nullptr) : table().take();
}

void release_slot(SinkSlot* slot) noexcept {
  if (spare == nullptr)
    spare = slot;
  else
    table().give_back(slot);
}

std::int32_t refuse(const char* what) noexcept {
  static std::atomic<bool> logged{false};
  try {
    if (!logged.exchange(true))
      model::log(model::LogLevel::error,
                 std::string("a driver reported an entry ") + what +
                     "; this is a bug in the driver, and further cases are not logged");
  } catch (...) {  // a line that cannot be made is lost
  }
  return BERTH_VISIT_STOP;
}

}  // namespace

LentSink::LentSink(EntryReceiver& receiver) : slot_(take_slot()) {
  const std::uintptr_t token = ++slot_->uses << index_bits | slot_->index;
  token_ = reinterpret_cast<void*>(token);
  slot_->receiver = &receiver;
  slot_->overlapped.store(false, std::memory_order_relaxed);
  slot_->token.store(token, std::memory_order_relaxed);
  slot_->state.store(SinkSlot::open, std::memory_order_release);
}

LentSink::~LentSink() {
  end();
}

void LentSink::end() noexcept {
  if (slot_ == nullptr) return;
  std::uint32_t state = SinkSlot::open;
  while (!slot_->state.compare_exchange_weak(state, SinkSlot::closed)) {
    slot_->state.wait(SinkSlot::busy);
    state = SinkSlot::open;
  }
  overlapped_ = slot_->overlapped.load(std::memory_order_relaxed);
  release_slot(std::exchange(slot_, nullptr));
}

namespace {

// Passes what a driver reports to the receiver that the sink was lent for.
template <class Receive>
std::int32_t deliver(void* sink, Receive receive) noexcept {
  const auto token = reinterpret_cast<std::uintptr_t>(sink);
  SinkSlot* const slot = table().find(token);
  if (slot == nullptr) return refuse("with a sink that the host never gave");
  std::uint32_t state = SinkSlot::open;
  if (!slot->state.compare_exchange_strong(state, SinkSlot::busy)) {
    if (state == SinkSlot::busy) slot->overlapped.store(true, std::memory_order_relaxed);
    return refuse("after its function returned, or from two threads at once");
  }
  const bool is_current = slot->token.load(std::memory_order_relaxed) == token;
  const std::int32_t answer = is_current ? receive(*slot->receiver) : BERTH_VISIT_STOP;
  slot->state.store(SinkSlot::open);
  slot->state.notify_all();
  return is_current ? answer : refuse("after its function returned");
}

}  // namespace

std::int32_t LentSink::emit(void* sink, const berth_entry* entry) noexcept {
  return deliver(sink, [entry](EntryReceiver& receiver) { return receiver.receive(entry); });
}

void LentSink::range_done(void* sink, std::size_t index) noexcept {
  deliver(sink, [index](EntryReceiver& receiver) {
    receiver.receive_range(index);
    return BERTH_VISIT_CONTINUE;
  });
}

}  // namespace berth::binding
