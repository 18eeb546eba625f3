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
constexpr std::size_t entry_1_0 = offsetof(berth_entry, attribute_count) + sizeof(std::size_t);

bool has(const berth_entry& entry, std::uint32_t flag) {
  return (entry.flags & flag) != 0;
}

Time to_time(std::int64_t ns) {
  return Time(std::chrono::nanoseconds(ns));
}

std::string_view view(berth_str text) {
  return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}

bool is_dangling(berth_str text) {
  return text.data == nullptr && text.size != 0;
}

const char* attributes_fault(const berth_entry& entry) {
  if (entry.attribute_count > BERTH_MAX_ATTRIBUTES)
    return "the driver reported more than 4096 attributes";
  if (entry.attributes == nullptr && entry.attribute_count != 0)
    return "the driver reported attributes that point nowhere";
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < entry.attribute_count; ++i) {
    const auto& [name, value] = entry.attributes[i];
    if (name.data == nullptr || name.size == 0)
      return "the driver reported an attribute without a name";
    if (is_dangling(value)) return "the driver reported an attribute that points nowhere";
    if (name.size > BERTH_MAX_ATTRIBUTE_BYTES || value.size > BERTH_MAX_ATTRIBUTE_BYTES ||
        (bytes += name.size + value.size) > BERTH_MAX_ATTRIBUTE_BYTES)
      return "the driver reported attributes of more than 1 MiB";
  }
  return nullptr;
}

const char* shape_fault(const berth_entry* entry) {
  if (entry == nullptr) return "the driver reported no entry where there should be one";
  if (entry->struct_size < entry_1_0) return "the driver reported an entry that is too short";
  if (is_dangling(entry->etag)) return "the driver reported an etag that points nowhere";
  if (entry->etag.size > BERTH_MAX_ETAG_BYTES)
    return "the driver reported an etag of more than 1024 bytes";
  if (is_dangling(entry->version)) return "the driver reported a version that points nowhere";
  if (entry->version.size > BERTH_MAX_VERSION_BYTES)
    return "the driver reported a version of more than 1024 bytes";
  if (entry->path.size > BERTH_MAX_NAME_BYTES)
    return "the driver reported a path of more than 1 MiB";
  if (has(*entry, BERTH_ENTRY_HAS_SIZE) && entry->size > BERTH_MAX_OBJECT_BYTES)
    return "the driver reported a size of more than 2^63 - 1 bytes";
  return attributes_fault(*entry);
}

void copy_members(const berth_entry& entry, std::string_view path, FileInfo& into) {
  into.path = path;
  into.is_directory = has(entry, BERTH_ENTRY_DIRECTORY);
  if (has(entry, BERTH_ENTRY_HAS_MTIME)) into.modified = to_time(entry.mtime_ns);
  if (has(entry, BERTH_ENTRY_HAS_ETAG)) into.etag = view(entry.etag);
  into.version = view(entry.version);
  for (std::size_t i = 0; i < entry.attribute_count; ++i)
    into.attributes.insert_or_assign(std::string(view(entry.attributes[i].name)),
                                     std::string(view(entry.attributes[i].value)));
  if (!into.is_directory && has(entry, BERTH_ENTRY_HAS_SIZE)) into.size = entry.size;
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

// A name for a message: no longer than a line.
std::string shown(std::string_view name) {
  constexpr std::size_t most = 300;
  if (name.size() <= most) return discovery::printable(name);
  return discovery::printable(name.substr(0, most)) + "... (" + std::to_string(name.size()) +
         " bytes)";
}

constexpr const char* overlapping = "the driver reported entries from two threads at once";

}  // namespace

const char* copy_entry(const berth_entry* entry, std::string_view path, FileInfo& into) {
  if (const char* const fault = shape_fault(entry)) return fault;
  copy_members(*entry, path, into);
  return into.is_directory || has(*entry, BERTH_ENTRY_HAS_SIZE)
             ? nullptr
             : "the driver reported a file without its size";
}

std::int32_t OneEntry::receive(const berth_entry* entry) noexcept {
  if (count_ < 2) ++count_;
  if (count_ > 1) return BERTH_VISIT_STOP;
  try {
    fault_ = copy_entry(entry, context_.path, info_);
  } catch (...) {
    thrown_ = std::current_exception();
  }
  return fault_ == nullptr ? BERTH_VISIT_CONTINUE : BERTH_VISIT_STOP;
}

int OneEntry::count() {
  sink_.end();
  if (thrown_) std::rethrow_exception(thrown_);
  if (fault_ != nullptr) throw_misbehaviour(context_, fault_);
  if (count_ > 1) throw_misbehaviour(context_, "the driver reported more than one entry");
  if (sink_.overlapped()) throw_misbehaviour(context_, overlapping);
  return count_;
}

std::optional<FileInfo> OneEntry::take_stored() {
  if (count() == 0) return std::nullopt;
  if (info_.is_directory)
    throw_misbehaviour(context_, "the driver reported that it stored a directory");
  return take();
}

std::int32_t ManyEntries::receive(const berth_entry* entry) noexcept {
  if (stopped_) return BERTH_VISIT_STOP;
  try {
    if (const char* const fault = shape_fault(entry)) fault_ = fault;
    if (fault_.empty()) return take(*entry);
  } catch (...) {
    thrown_ = std::current_exception();
  }
  stopped_ = true;
  return BERTH_VISIT_STOP;
}

bool ManyEntries::failed() noexcept {
  sink_.end();
  return thrown_ != nullptr || !fault_.empty() || sink_.overlapped();
}

void ManyEntries::rethrow() {
  if (!failed()) return;
  if (thrown_) std::rethrow_exception(thrown_);
  throw_misbehaviour(context_, fault_.empty() ? overlapping : fault_);
}

std::int32_t ManyEntries::take(const berth_entry& raw) {
  const Entry entry = to_entry(raw);
  if (is_skipped(entry.path)) return BERTH_VISIT_CONTINUE;
  const bool nameless = is_nameless(raw);
  if (!nameless) fault_ = fault_of(raw);
  if (fault_.empty() && !nameless && is_expressible(entry.path)) {
    fault_ = order_fault(entry);
    if (fault_.empty()) return answer(entry, visit_(entry));
  }
  if (!fault_.empty()) return stopped_ = true, BERTH_VISIT_STOP;
  leave_out(entry.path);
  return BERTH_VISIT_CONTINUE;
}

bool ManyEntries::is_expressible(std::string_view path) const {
  return model::path_fault(path, {.max_bytes = max_path_bytes_}, model::Root::refused).empty();
}

// A program that compares two walks entry by entry, as sync does, would take a file that comes too
// late for one that is missing.
std::string ManyEntries::order_fault(const Entry& entry) {
  if (depth_ == Depth::children) return {};
  const model::WalkKey before{last_, last_is_directory_}, now{entry.path, entry.is_directory};
  if (!last_.empty() && !model::walk_less(before, now))
    return "the driver reported \"" + shown(entry.path) + "\" after \"" + shown(last_) +
           "\", which is not the order of a walk";
  last_ = entry.path;
  last_is_directory_ = entry.is_directory;
  return {};
}

std::string ManyEntries::fault_of(const berth_entry& raw) const {
  const std::string_view path = view(raw.path);
  if (path.empty()) return "the driver reported an entry without a path";
  const std::string quoted = "the driver reported \"" + shown(path) + "\", which ";
  if (!model::is_below(path, context_.path)) return quoted + "is not below the directory";
  if (path.back() == '/') return quoted + "ends in a slash";
  if (depth_ == Depth::children) {
    const std::size_t name = context_.path == "/" ? 1 : context_.path.size() + 1;
    if (path.find('/', name) != std::string_view::npos) return quoted + "is not a direct child";
  } else if (!has(raw, BERTH_ENTRY_DIRECTORY) && !has(raw, BERTH_ENTRY_HAS_SIZE)) {
    return quoted + "has no size";
  }
  return {};
}

void ManyEntries::leave_out(std::string_view name) const {
  if (unnameable_) return unnameable_(name);
  model::log(model::LogLevel::warn, context_.driver,
             "left out an entry below " + std::string(context_.path) +
                 " whose name no path can express: " + shown(name));
}

// What a key such as "a//b" makes of directory "/a", or in a walk an object whose key ends in a
// slash.
bool ManyEntries::is_nameless(const berth_entry& raw) const {
  const std::string_view path = view(raw.path);
  if (!path.starts_with(context_.path) || !path.ends_with('/')) return false;
  if (path.size() == context_.path.size() + 1) return true;
  return depth_ == Depth::all && !has(raw, BERTH_ENTRY_DIRECTORY) &&
         model::is_below(path, context_.path);
}

// A driver that ignores SKIP_DIRECTORY reports the contents of that directory.
bool ManyEntries::is_skipped(std::string_view path) const {
  return !skipped_.empty() && model::is_below(path, skipped_);
}

std::int32_t ManyEntries::answer(const Entry& entry, Visit wanted) {
  if (wanted == Visit::stop) return stopped_ = true, BERTH_VISIT_STOP;
  const bool skip = wanted == Visit::skip_directory && entry.is_directory && depth_ == Depth::all;
  if (!skip) return BERTH_VISIT_CONTINUE;
  skipped_ = entry.path;
  return BERTH_VISIT_SKIP_DIRECTORY;
}

}  // namespace berth::binding
