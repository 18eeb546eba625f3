// SPDX-License-Identifier: Apache-2.0
//
// A stored name that no path can express (a newline, broken UTF-8) is not the driver's fault: the
// program gets it apart from the entries, or the log does. Everything else that is wrong is.
#include "binding/entries.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

#include "discovery/printable.hpp"
#include "model/log.hpp"
#include "model/path.hpp"

namespace berth::binding {
namespace {

// All of a 1.0 entry, and all that this host reads; members that come later need a copy.
constexpr std::size_t entry_1_0 = offsetof(berth_entry, mtime_ns) + sizeof(std::int64_t);

bool has(const berth_entry& entry, std::uint32_t flag) {
  return (entry.flags & flag) != 0;
}

Time to_time(std::int64_t ns) {
  return Time(std::chrono::nanoseconds(ns));
}

std::string_view view(berth_str text) {
  return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}

const char* shape_fault(const berth_entry* entry) {
  if (entry == nullptr) return "the driver reported no entry where there should be one";
  if (entry->struct_size < entry_1_0) return "the driver reported an entry that is too short";
  if (entry->etag.data == nullptr && entry->etag.size != 0)
    return "the driver reported an etag that points nowhere";
  return nullptr;
}

Entry to_entry(const berth_entry& raw) {
  Entry entry{.path = view(raw.path), .is_directory = has(raw, BERTH_ENTRY_DIRECTORY)};
  if (entry.is_directory)
    entry.size = 0;
  else if (has(raw, BERTH_ENTRY_HAS_SIZE))
    entry.size = raw.size;
  if (has(raw, BERTH_ENTRY_HAS_MTIME)) entry.modified = to_time(raw.mtime_ns);
  if (has(raw, BERTH_ENTRY_HAS_ETAG)) entry.etag = view(raw.etag);
  return entry;
}

// Of any length: a stored name may be longer than what can be asked for.
bool is_expressible(std::string_view path) {
  return model::path_fault(path, {.max_bytes = path.size()}, model::Root::refused).empty();
}

}  // namespace

std::int32_t OneEntry::emit(void* sink, const berth_entry* entry) noexcept {
  auto& self = *static_cast<OneEntry*>(sink);
  if (++self.count_ > 1 || (self.fault_ = shape_fault(entry)) != nullptr) return BERTH_STOP;
  try {
    self.receive(*entry);
  } catch (...) {
    self.thrown_ = std::current_exception();
  }
  return BERTH_CONTINUE;
}

void OneEntry::receive(const berth_entry& entry) {
  info_.path = asked_.path;
  info_.is_directory = has(entry, BERTH_ENTRY_DIRECTORY);
  if (has(entry, BERTH_ENTRY_HAS_MTIME)) info_.modified = to_time(entry.mtime_ns);
  if (has(entry, BERTH_ENTRY_HAS_ETAG)) info_.etag = view(entry.etag);
  if (info_.is_directory) return;
  info_.size = entry.size;
  if (!has(entry, BERTH_ENTRY_HAS_SIZE)) fault_ = "the driver reported a file without its size";
}

int OneEntry::count() const {
  if (thrown_) std::rethrow_exception(thrown_);
  if (fault_ != nullptr) throw_misbehaviour(asked_, fault_);
  if (count_ > 1)
    throw_misbehaviour(asked_, "the driver reported " + std::to_string(count_) +
                                   " entries where one was asked for");
  return count_;
}

std::int32_t ManyEntries::emit(void* sink, const berth_entry* entry) noexcept {
  auto& self = *static_cast<ManyEntries*>(sink);
  if (self.stopped_) return BERTH_STOP;
  try {
    if (const char* const fault = shape_fault(entry)) self.fault_ = fault;
    if (self.fault_.empty()) return self.receive(*entry);
  } catch (...) {
    self.thrown_ = std::current_exception();
  }
  self.stopped_ = true;
  return BERTH_STOP;
}

void ManyEntries::rethrow() const {
  if (thrown_) std::rethrow_exception(thrown_);
  if (!fault_.empty()) throw_misbehaviour(asked_, fault_);
}

std::int32_t ManyEntries::receive(const berth_entry& raw) {
  const Entry entry = to_entry(raw);
  if (is_skipped(entry.path)) return BERTH_CONTINUE;
  const bool nameless = is_nameless(entry.path);
  fault_ = nameless ? std::string() : fault_of(raw);
  if (!fault_.empty()) return stopped_ = true, BERTH_STOP;
  if (nameless || !is_expressible(entry.path)) {
    leave_out(entry.path);
    return BERTH_CONTINUE;
  }
  return answer(entry, visit_(entry));
}

std::string ManyEntries::fault_of(const berth_entry& raw) const {
  const std::string_view path = view(raw.path);
  if (path.empty()) return "the driver reported an entry without a path";
  const std::string quoted = "the driver reported \"" + std::string(path) + "\", which ";
  if (!model::is_below(path, asked_.path)) return quoted + "is not below the directory";
  if (path.back() == '/') return quoted + "ends in a slash";
  if (depth_ == Depth::children) {
    const std::size_t name = asked_.path == "/" ? 1 : asked_.path.size() + 1;
    if (path.find('/', name) != std::string_view::npos) return quoted + "is not a direct child";
  } else if (!has(raw, BERTH_ENTRY_DIRECTORY) && !has(raw, BERTH_ENTRY_HAS_SIZE)) {
    return quoted + "has no size";
  }
  return {};
}

void ManyEntries::leave_out(std::string_view name) const {
  if (unnameable_) return unnameable_(name);
  model::log(model::LogLevel::warn, asked_.driver,
             "left out an entry below " + std::string(asked_.path) +
                 " whose name no path can express: " + discovery::printable(name));
}

// What a key such as "a//b" makes of directory "/a".
bool ManyEntries::is_nameless(std::string_view path) const {
  return path.size() == asked_.path.size() + 1 && path.back() == '/' &&
         path.starts_with(asked_.path);
}

// A driver that does not heed SKIP_DIRECTORY goes on reporting what lies in there.
bool ManyEntries::is_skipped(std::string_view path) const {
  return !skipped_.empty() && model::is_below(path, skipped_);
}

std::int32_t ManyEntries::answer(const Entry& entry, Visit wanted) {
  if (wanted == Visit::stop) return stopped_ = true, BERTH_STOP;
  const bool skip = wanted == Visit::skip_directory && entry.is_directory && depth_ == Depth::all;
  if (!skip) return BERTH_CONTINUE;
  skipped_ = entry.path;
  return BERTH_SKIP_DIRECTORY;
}

}  // namespace berth::binding
