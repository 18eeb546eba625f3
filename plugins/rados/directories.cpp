// SPDX-License-Identifier: Apache-2.0
//
// Changing directory objects with guards only; nobody ever holds a lock, so nobody waits for a
// process that died. Why each step is where it is stands beside it.
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
constexpr int patience =
    100;  // looks again, each a little later, before it says what is in the way

std::string fresh(std::string_view state) {
  return std::string(state) + ' ' + random_token();
}

// Somebody else changed the object in between. The first times it is not worth waiting.
void step_back(int attempt, const sdk::Call& call) {
  call.check();
  if (attempt < 3) return;
  const auto limit = std::chrono::microseconds(200) * std::min(attempt, 50);
  std::this_thread::sleep_for(limit / 2 + (limit / 2) * (random_token()[0] % 8) / 8);
}

// A directory that another writer is making will be ready soon. Taking it over is always safe, but
// when all do so at once, none of them gets on; one that is not ready after a while has a dead
// maker.
class Courtesy {
 public:
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
  return sdk::Error(BERTH_IO, path + " is a file, not a directory").os_errno(ENOTDIR);
}

// before: the blob that is there, or "".
void expect_allowed(const LinkRule& rule, const std::string& path, const std::string& before) {
  if (rule.create_only && !before.empty())
    throw sdk::Error(BERTH_ALREADY_EXISTS, "there already is an object " + path);
  if (rule.replaces && before != *rule.replaces)
    throw sdk::Error(BERTH_PRECONDITION_FAILED,
                     path + " was written, moved or removed since this writer was opened");
}

}  // namespace

sdk::Error is_a_directory(const std::string& path) {
  return sdk::Error(BERTH_IO, path + " is a directory").os_errno(EISDIR);
}

bool certainly_not_linked(const sdk::Error& error) noexcept {
  switch (error.status()) {
    case BERTH_ALREADY_EXISTS:
    case BERTH_PRECONDITION_FAILED:
    case BERTH_INVALID_PATH:
    case BERTH_PERMISSION_DENIED:
    case BERTH_NO_SPACE:
      return true;
    default:
      return error.os_errno() == ENOTDIR || error.os_errno() == EISDIR;
  }
}

// A directory object as it was at one moment.
struct Directories::Seen {
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
  // What the registry made has no state, and counts as entered in its parent once Berth saw to it.
  bool alive(const std::string& directory) const {
    return exists && (directory == "/" || state.starts_with("alive"));
  }
};

Directories::Seen Directories::look(const std::string& directory,
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
  // The registry enters the root in itself.
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

// ---- Making directories

void Directories::make_root(const sdk::Call& call) const {
  WriteOperation make;
  make.create_exclusive().set_entry("/", "");
  const int code = make.run(session_, "/", call);
  if (code != -EEXIST) session_.check(code, "cannot make directory", "/");
}

// Enters the directory in its parent, also if it is there: the changed `subdirs` stops a remover
// that is about to take it out.
void Directories::enter(const std::string& directory, const sdk::Call& call) const {
  const auto [parent, name] = place_of(directory);
  Courtesy courtesy;
  for (int attempt = 0;; ++attempt) {
    step_back(attempt, call);
    const Seen seen = look(parent, {name}, call);
    if (courtesy.wait_for(seen.state)) continue;
    if (const std::string* blob = seen.find(name); blob && !blob->empty())
      throw not_a_directory(directory);
    const std::string state = make_ready(parent, seen, call);
    WriteOperation change;
    change.expect_attribute(state_attribute, state).expect_entry(name, "").set_entry(name, "");
    if (!seen.alive(parent) && parent != "/") change.set_attribute(state_attribute, fresh("alive"));
    change.set_attribute(subdirs_attribute, random_token());
    const int code = change.run(session_, parent, call);
    if (code >= 0) return;
    if (!WriteOperation::guard_failed(code))
      session_.check(code, "cannot change directory", parent);
  }
}

// The state that a change of this directory's entries asks for. When it is not alive it is first
// put in the state "new", then entered in its parent; only the change that brings the first entry
// makes it alive. So alive means entered, and no remover of it can come late: its view of the
// parent's `subdirs`, or the state "dying", is gone.
std::string Directories::make_ready(const std::string& directory, const Seen& seen,
                                    const sdk::Call& call) const {
  if (seen.alive(directory)) return seen.state;
  if (directory == "/") return make_root(call), std::string();
  const std::string state = fresh("new");
  WriteOperation place;
  if (seen.exists) {
    place.expect_attribute(state_attribute, seen.state);
  } else {
    place.create_exclusive();
  }
  place.set_attribute(state_attribute, state);
  const int code = place.run(session_, directory, call);
  if (code < 0 && !WriteOperation::guard_failed(code))
    session_.check(code, "cannot make directory", directory);
  if (code < 0) return state;  // somebody was faster; the change fails, and the caller looks again
  try {
    enter(directory, call);
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

// A directory is where a file shall be. Left-overs of a crash are cleared away; children are not.
void Directories::refuse_directory(const std::string& path, int attempt,
                                   const sdk::Call& call) const {
  if (attempt >= patience || has_children(path, call)) throw is_a_directory(path);
  remove_if_empty(path, call);
}

std::string Directories::link(const std::string& path, const std::string& blob,
                              const LinkRule& rule, const sdk::Call& call) const {
  const auto [directory, name] = place_of(path);
  Courtesy courtesy;
  bool begun = !rule.before_change;
  for (int attempt = 0;; ++attempt) {
    step_back(attempt, call);
    const Seen seen = look(directory, {name}, call);
    if (courtesy.wait_for(seen.state)) continue;
    const std::string* const found = seen.find(name);
    if (found && found->empty()) {
      refuse_directory(path, attempt, call);
      continue;
    }
    const std::string before = found ? *found : std::string();
    expect_allowed(rule, path, before);
    const std::string state = make_ready(directory, seen, call);
    WriteOperation change;
    change.expect_attribute(state_attribute, state).expect_entry(name, before);
    // "No entry" and "a directory" compare alike; a directory entered meanwhile shows here.
    if (!found) change.expect_attribute(subdirs_attribute, seen.subdirs);
    if (!seen.alive(directory) && directory != "/")
      change.set_attribute(state_attribute, fresh("alive"));
    change.set_entry(name, blob);
    if (!std::exchange(begun, true)) rule.before_change(before);
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
    step_back(attempt, call);
    const Seen seen = look(directory, {from, to}, call);
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
  return look(directory, {}, call).state;
}

void Directories::prune(std::string directory, const sdk::Call& call) const {
  while (directory != "/" && remove_if_empty(directory, call))
    directory = place_of(directory).directory;
}

// The parent is looked at before the directory is marked "dying": whoever enters the directory
// again does so after it saw the mark, so the parent's `subdirs` is then another one.
bool Directories::remove_if_empty(const std::string& directory, const sdk::Call& call) const {
  for (int attempt = 0; attempt < patience; ++attempt) {
    step_back(attempt, call);
    Dying dying;
    const Marked marked = mark_dying(directory, dying, call);
    if (marked == Marked::look_again) continue;
    return marked == Marked::yes && take_out(directory, dying.state, dying.subdirs, call) &&
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
  const Seen above = look(parent, {name}, call);
  const int code = read.wait(call);
  const bool exists = code != -ENOENT;
  if (exists) session_.check(code, "cannot read directory", directory);
  if (exists && !read.take_entries().empty()) return Marked::no;
  if (!exists && !above.find(name)) return Marked::no;  // somebody else has removed it
  dying.state = fresh("dying");
  dying.subdirs = above.subdirs;
  WriteOperation mark;
  if (exists) {
    mark.expect_version(read.version());
  } else {
    mark.create_exclusive();
  }
  mark.set_attribute(state_attribute, dying.state);
  const int marked = mark.run(session_, directory, call);
  if (WriteOperation::guard_failed(marked)) return Marked::look_again;
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
  // A registry, which knows no states, has put something in.
  if (state_of(directory, call) == dying.state) revive(directory, call);
  return false;
}

bool Directories::take_out(const std::string& directory, const std::string& state,
                           std::string subdirs, const sdk::Call& call) const {
  const auto [parent, name] = place_of(directory);
  for (int attempt = 0;; ++attempt) {
    step_back(attempt, call);
    WriteOperation change;
    change.expect_attribute(subdirs_attribute, subdirs)
        .expect_entry(name, "")
        .remove_entry(name)
        .set_attribute(subdirs_attribute, random_token());
    const int code = change.run(session_, parent, call);
    if (code >= 0 || code == -ENOENT) return true;
    if (!WriteOperation::guard_failed(code))
      session_.check(code, "cannot change directory", parent);
    // First the parent, then the directory: see remove_if_empty.
    const Seen above = look(parent, {name}, call);
    const std::string* const entry = above.find(name);
    if (!above.exists || (entry && !entry->empty())) return true;  // nothing of ours is there
    if (state_of(directory, call) != state) return false;
    subdirs = above.subdirs;
  }
}

void Directories::revive(const std::string& directory, const sdk::Call& call) const {
  const Seen seen = look(directory, {}, call);
  if (!seen.exists) return;
  const std::string state = make_ready(directory, seen, call);
  WriteOperation change;
  change.expect_attribute(state_attribute, state).set_attribute(state_attribute, fresh("alive"));
  const int code = change.run(session_, directory, call);
  if (!WriteOperation::guard_failed(code))
    session_.check(code, "cannot change directory", directory);
}

}  // namespace berth::rados
