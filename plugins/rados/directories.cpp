// SPDX-License-Identifier: Apache-2.0
//
// Directory objects are changed with guards and without locks, so no writer waits for a process
// that died.
#include "directories.hpp"

#include <cerrno>

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#include "layout.hpp"

namespace berth::rados {
namespace {

constexpr const char* state_attribute = "berth.state";
constexpr const char* subdirs_attribute = "berth.subdirs";
constexpr int max_attempts = 100;  // with growing pauses, before a directory counts as in the way

std::string unique_state(std::string_view state) {
  return std::string(state) + ' ' + random_token();
}

// Pauses before another attempt, after a guard failed. The first attempts need no pause.
void back_off(int attempt, const sdk::Call& call) {
  call.check();
  if (attempt < 3) return;
  const auto limit = std::chrono::microseconds(200) * std::min(attempt, 50);
  std::this_thread::sleep_for(limit / 2 + (limit / 2) * (random_token()[0] % 8) / 8);
}

// Waits while another writer creates a directory. Taking the creation over is always safe, but when
// many writers do so at once, none of them makes progress. A creator that is not done after 200 ms
// is taken for dead.
class CreatorWait {
 public:
  // Whether it waited, so that the caller should read the directory again.
  bool wait_for(std::string_view state) {
    if (!state.starts_with("new")) return false;
    const auto now = std::chrono::steady_clock::now();
    if (state != state_) state_ = state, since_ = now;
    if (now - since_ > std::chrono::milliseconds(200)) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return true;
  }

 private:
  std::string state_;
  std::chrono::steady_clock::time_point since_;
};

sdk::Error not_a_directory(const std::string& path) {
  return sdk::Error(BERTH_STATUS_IO, path + " is a file, not a directory").os_errno(ENOTDIR);
}

// before: the current blob at the path, or "".
void expect_allowed(const LinkRule& rule, const std::string& path, const std::string& before) {
  if (rule.create_only && !before.empty())
    throw sdk::Error(BERTH_STATUS_ALREADY_EXISTS, "the object " + path + " already exists");
  if (rule.replaces && before != *rule.replaces)
    throw sdk::Error(BERTH_STATUS_PRECONDITION_FAILED,
                     path + " was written, moved or removed since this writer was opened");
}

}  // namespace

sdk::Error is_a_directory(const std::string& path) {
  return sdk::Error(BERTH_STATUS_IO, path + " is a directory").os_errno(EISDIR);
}

bool certainly_not_linked(const sdk::Error& error) noexcept {
  switch (error.status()) {
    case BERTH_STATUS_ALREADY_EXISTS:
    case BERTH_STATUS_PRECONDITION_FAILED:
    case BERTH_STATUS_INVALID_PATH:
    case BERTH_STATUS_PERMISSION_DENIED:
    case BERTH_STATUS_NO_SPACE:
      return true;
    default:
      return error.os_errno() == ENOTDIR || error.os_errno() == EISDIR;
  }
}

// A directory object and some of its entries, read by one request.
struct Directories::Snapshot {
  bool exists = false;
  std::uint64_t version = 0;
  std::string state;
  std::string subdirs;
  std::vector<OmapEntry> entries;

  const std::string* find(std::string_view name) const {
    for (const OmapEntry& entry : entries)
      if (entry.key == name) return &entry.value;
    return nullptr;
  }
  // A directory created by the registry has no state. Berth adds its entry in the parent, if that
  // is missing, before it changes the directory; then it is alive.
  bool alive(const std::string& directory) const {
    return exists && (directory == "/" || state.starts_with("alive"));
  }
};

Directories::Snapshot Directories::snapshot(const std::string& directory,
                                            const std::vector<std::string>& names,
                                            const sdk::Call& call) const {
  ReadOperation read;
  read.attributes();
  if (!names.empty()) read.entries_of(names);
  const int code = read.run(session_, directory, call);
  if (code == -ENOENT) return {};
  session_.check(code, "cannot read directory", directory);
  read.collect();
  return {true, read.version(), read.attribute(state_attribute), read.attribute(subdirs_attribute),
          read.take_entries()};
}

// ---- Reading

std::vector<OmapEntry> Directories::entries(const std::string& directory,
                                            const std::vector<std::string>& names,
                                            const sdk::Call& call) const {
  ReadOperation read;
  read.entries_of(names);
  const int code = read.run(session_, directory, call);
  if (code == -ENOENT) return {};
  session_.check(code, "cannot read directory", directory);
  return read.take_entries();
}

std::optional<std::string> Directories::find(const std::string& path, const sdk::Call& call) const {
  const auto [directory, name] = place_of(path);
  auto found = entries(directory, {name}, call);
  if (found.empty()) return std::nullopt;
  return std::move(found.front().value);
}

std::optional<Page> Directories::page(const std::string& directory, const std::string& after,
                                      std::uint64_t count, const sdk::Call& call) const {
  ReadOperation read;
  read.entries_after(after, count);
  const int code = read.run(session_, directory, call);
  if (code == -ENOENT) return std::nullopt;
  session_.check(code, "cannot list directory", directory);
  Page page{read.take_entries(), read.more(), {}};
  if (!page.entries.empty()) page.next = page.entries.back().key;
  // The registry adds the root to its own entries.
  page.entries.erase(std::remove_if(page.entries.begin(), page.entries.end(),
                                    [&](const OmapEntry& entry) { return entry.key == directory; }),
                     page.entries.end());
  return page;
}

bool Directories::has_children(const std::string& directory, const sdk::Call& call) const {
  const auto first = page(directory, "", 2, call);
  return first && !first->entries.empty();
}

std::time_t Directories::mtime(const std::string& directory, const sdk::Call& call) const {
  ReadOperation read;
  read.stat();
  const int code = read.run(session_, directory, call);
  if (code == -ENOENT) return 0;
  session_.check(code, "cannot read directory", directory);
  return read.mtime();
}

// ---- Creating directories

void Directories::make_root(const sdk::Call& call) const {
  WriteOperation make;
  make.create_exclusive().set_entry("/", "");
  const int code = make.run(session_, "/", call);
  if (code != -EEXIST) session_.check(code, "cannot create directory", "/");
}

// Adds the entry of the directory to its parent. If the entry exists, the change of `subdirs` alone
// makes a remover fail that is about to remove it.
void Directories::link_directory(const std::string& directory, const sdk::Call& call) const {
  const auto [parent, name] = place_of(directory);
  CreatorWait creator;
  for (int attempt = 0;; ++attempt) {
    back_off(attempt, call);
    const Snapshot seen = snapshot(parent, {name}, call);
    if (creator.wait_for(seen.state)) continue;
    if (const std::string* blob = seen.find(name); blob && !blob->empty())
      throw not_a_directory(directory);
    const std::string state = prepare(parent, seen, call);
    WriteOperation change;
    change.expect_attribute(state_attribute, state).expect_entry(name, "").set_entry(name, "");
    if (!seen.alive(parent) && parent != "/")
      change.set_attribute(state_attribute, unique_state("alive"));
    change.set_attribute(subdirs_attribute, random_token());
    const int code = change.run(session_, parent, call);
    if (code >= 0) return;
    if (!WriteOperation::guard_failed(code))
      session_.check(code, "cannot change directory", parent);
  }
}

// Returns the state that a change of this directory's entries must expect. If the directory is not
// alive:
//
// 1. set the state "new",
// 2. add its entry to the parent (which prepares the parent in the same way),
// 3. the caller's change adds the first entry here and sets the state "alive" in one operation.
//
// Invariant: an alive directory has an entry in its parent, and no remover can still remove that
// entry: step 1 ended the state "dying", and step 2 changed the parent's `subdirs`.
std::string Directories::prepare(const std::string& directory, const Snapshot& seen,
                                 const sdk::Call& call) const {
  if (seen.alive(directory)) return seen.state;
  if (directory == "/") return make_root(call), std::string();
  const std::string state = unique_state("new");
  WriteOperation place;
  if (seen.exists) {
    place.expect_attribute(state_attribute, seen.state);
  } else {
    place.create_exclusive();
  }
  place.set_attribute(state_attribute, state);
  const int code = place.run(session_, directory, call);
  if (code < 0 && !WriteOperation::guard_failed(code))
    session_.check(code, "cannot create directory", directory);
  if (code < 0) return state;  // another writer was faster: the caller's change will fail and retry
  try {
    link_directory(directory, call);
  } catch (const sdk::Error&) {
    if (!seen.exists) {
      WriteOperation undo;
      undo.expect_attribute(state_attribute, state).remove_object();
      undo.run(session_, directory, call);
    }
    throw;
  }
  return state;
}

// ---- Files

// The path of a file names a directory. Removes the directory if it is an empty one left by a
// crash, else throws.
void Directories::refuse_directory(const std::string& path, int attempt,
                                   const sdk::Call& call) const {
  if (attempt >= max_attempts || has_children(path, call)) throw is_a_directory(path);
  remove_if_empty(path, call);
}

std::string Directories::link(const std::string& path, const std::string& blob,
                              const LinkRule& rule, const sdk::Call& call) const {
  const auto [directory, name] = place_of(path);
  CreatorWait creator;
  bool called = !rule.before_change;
  for (int attempt = 0;; ++attempt) {
    back_off(attempt, call);
    const Snapshot seen = snapshot(directory, {name}, call);
    if (creator.wait_for(seen.state)) continue;
    const std::string* const found = seen.find(name);
    if (found && found->empty()) {
      refuse_directory(path, attempt, call);
      continue;
    }
    const std::string before = found ? *found : std::string();
    expect_allowed(rule, path, before);
    const std::string state = prepare(directory, seen, call);
    WriteOperation change;
    change.expect_attribute(state_attribute, state).expect_entry(name, before);
    // The guard on the entry cannot distinguish a missing entry from a directory. A directory that
    // was added after the snapshot has changed `subdirs`.
    if (!found) change.expect_attribute(subdirs_attribute, seen.subdirs);
    if (!seen.alive(directory) && directory != "/")
      change.set_attribute(state_attribute, unique_state("alive"));
    change.set_entry(name, blob);
    if (!std::exchange(called, true)) rule.before_change(before);
    const int code = change.run(session_, directory, call);
    if (code >= 0) return before;
    if (!WriteOperation::guard_failed(code))
      session_.check(code, "cannot change directory", directory);
  }
}

bool Directories::unlink(const std::string& path, const std::string& blob,
                         const sdk::Call& call) const {
  const auto [directory, name] = place_of(path);
  return unlink_all(directory, {{name, blob}}, call);
}

bool Directories::unlink_all(const std::string& directory, const std::vector<OmapEntry>& files,
                             const sdk::Call& call) const {
  WriteOperation change;
  for (const OmapEntry& file : files) change.expect_entry(file.key, file.value);
  for (const OmapEntry& file : files) change.remove_entry(file.key);
  const int code = change.run(session_, directory, call);
  if (WriteOperation::guard_failed(code)) return false;
  session_.check(code, "cannot change directory", directory);
  return true;
}

bool Directories::rename(const std::string& source, const std::string& destination,
                         const std::string& blob, std::string& replaced,
                         const sdk::Call& call) const {
  const std::string directory = place_of(source).directory;
  const std::string from = place_of(source).name, to = place_of(destination).name;
  for (int attempt = 0;; ++attempt) {
    back_off(attempt, call);
    const Snapshot seen = snapshot(directory, {from, to}, call);
    const std::string *const found = seen.find(from), *const target = seen.find(to);
    if (!found || *found != blob) return false;
    if (target && target->empty()) {
      refuse_directory(destination, attempt, call);
      continue;
    }
    replaced = target ? *target : std::string();
    WriteOperation change;
    change.expect_attribute(state_attribute, seen.state)
        .expect_entry(from, blob)
        .expect_entry(to, replaced);
    if (!target) change.expect_attribute(subdirs_attribute, seen.subdirs);
    change.remove_entry(from).set_entry(to, blob);
    const int code = change.run(session_, directory, call);
    if (code >= 0) return true;
    if (!WriteOperation::guard_failed(code))
      session_.check(code, "cannot change directory", directory);
  }
}

// ---- Removing directories

std::string Directories::state_of(const std::string& directory, const sdk::Call& call) const {
  return snapshot(directory, {}, call).state;
}

void Directories::prune(std::string directory, const sdk::Call& call) const {
  while (directory != "/" && remove_if_empty(directory, call))
    directory = place_of(directory).directory;
}

// 1. Read the directory and the parent's `subdirs`.
// 2. Mark the directory "dying", if it is empty and unchanged.
// 3. Remove its entry from the parent, if `subdirs` is unchanged.
// 4. Remove the directory object, if it is unchanged since step 2.
// Invariant: an entry that is added meanwhile is not lost. Before step 2 its writer changes the
// directory, so step 2 fails; later it sees "dying" and changes `subdirs`, so step 3 fails.
bool Directories::remove_if_empty(const std::string& directory, const sdk::Call& call) const {
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    back_off(attempt, call);
    Dying dying;
    const Marked marked = mark_dying(directory, dying, call);
    if (marked == Marked::retry) continue;
    return marked == Marked::yes && unlink_directory(directory, dying.state, dying.subdirs, call) &&
           remove_marked(directory, dying, call);
  }
  return false;
}

Directories::Marked Directories::mark_dying(const std::string& directory, Dying& dying,
                                            const sdk::Call& call) const {
  const auto [parent, name] = place_of(directory);
  ReadOperation read;
  read.entries_after("", 1);
  read.start(session_, directory);
  const Snapshot above = snapshot(parent, {name}, call);
  const int code = read.wait(call);
  const bool exists = code != -ENOENT;
  if (exists) session_.check(code, "cannot read directory", directory);
  if (exists && !read.take_entries().empty()) return Marked::no;
  if (!exists && !above.find(name)) return Marked::no;  // another process has removed it
  dying.state = unique_state("dying");
  dying.subdirs = above.subdirs;
  WriteOperation mark;
  if (exists) {
    mark.expect_version(read.version());
  } else {
    mark.create_exclusive();
  }
  mark.set_attribute(state_attribute, dying.state);
  const int marked = mark.run(session_, directory, call);
  if (WriteOperation::guard_failed(marked)) return Marked::retry;
  session_.check(marked, "cannot mark directory", directory);
  dying.version = mark.version();
  return Marked::yes;
}

bool Directories::remove_marked(const std::string& directory, const Dying& dying,
                                const sdk::Call& call) const {
  WriteOperation removal;
  removal.expect_attribute(state_attribute, dying.state)
      .expect_version(dying.version)
      .remove_object();
  const int code = removal.run(session_, directory, call);
  if (code >= 0) return true;
  if (!WriteOperation::guard_failed(code))
    session_.check(code, "cannot remove directory", directory);
  // A registry, which ignores states, has added an entry.
  if (state_of(directory, call) == dying.state) revive(directory, call);
  return false;
}

bool Directories::unlink_directory(const std::string& directory, const std::string& state,
                                   std::string subdirs, const sdk::Call& call) const {
  const auto [parent, name] = place_of(directory);
  for (int attempt = 0;; ++attempt) {
    back_off(attempt, call);
    WriteOperation change;
    change.expect_attribute(subdirs_attribute, subdirs)
        .expect_entry(name, "")
        .remove_entry(name)
        .set_attribute(subdirs_attribute, random_token());
    const int code = change.run(session_, parent, call);
    if (code >= 0 || code == -ENOENT) return true;
    if (!WriteOperation::guard_failed(code))
      session_.check(code, "cannot change directory", parent);
    // The parent first, then the directory: see remove_if_empty().
    const Snapshot above = snapshot(parent, {name}, call);
    const std::string* const entry = above.find(name);
    if (!above.exists || (entry && !entry->empty()))
      return true;  // it has no entry for the directory
    if (state_of(directory, call) != state) return false;
    subdirs = above.subdirs;
  }
}

void Directories::revive(const std::string& directory, const sdk::Call& call) const {
  const Snapshot seen = snapshot(directory, {}, call);
  if (!seen.exists) return;
  const std::string state = prepare(directory, seen, call);
  WriteOperation change;
  change.expect_attribute(state_attribute, state)
      .set_attribute(state_attribute, unique_state("alive"));
  const int code = change.run(session_, directory, call);
  if (!WriteOperation::guard_failed(code))
    session_.check(code, "cannot change directory", directory);
}

}  // namespace berth::rados
