// SPDX-License-Identifier: Apache-2.0
#include "common/key_tree.hpp"

#include <algorithm>

#include "common/key_cursor.hpp"

namespace berth::common {
namespace {

using sdk::Visit;

bool ends_with_slash(std::string_view text) noexcept {
  return !text.empty() && text.back() == '/';
}

sdk::Entry file_entry(std::string_view path, const KeyEntry& entry) {
  return {path, false, entry.size, entry.mtime_ns, entry.etag};
}

sdk::Entry directory_entry(std::string_view path) {
  sdk::Entry entry;
  entry.path = path;
  entry.directory = true;
  return entry;
}

// Knows whether a directory has been listed as an object of the same name already. Other keys may
// sort between "a" and "a/", but all of them begin with "a"; so a stack of prefixes is enough.
class SeenFiles {
 public:
  bool contains(std::string_view key) {
    drop_unrelated(key);
    return !keys_.empty() && keys_.back() == key;
  }
  void add(std::string_view key) {
    drop_unrelated(key);
    keys_.emplace_back(key);
  }

 private:
  void drop_unrelated(std::string_view key) {
    while (!keys_.empty() && !key.starts_with(keys_.back())) keys_.pop_back();
  }
  std::vector<std::string> keys_;
};

// One walk: turns ordered keys into entries, with each directory reported before its content.
class Walker {
 public:
  Walker(const KeySpace& keys, std::string_view start_after, std::string_view start,
         const sdk::Sink& sink)
      : keys_(keys), start_after_(start_after), start_(start), sink_(sink) {}

  // Reports the directories that `key` enters, then the object. Returns false to end the walk;
  // `skip` is set to the prefix of a directory that is not wanted.
  bool visit(const KeyEntry& entry, std::string_view prefix, std::string& skip) {
    if (!enter_directories(entry.key, prefix, skip)) return false;
    if (!skip.empty() || ends_with_slash(entry.key)) return true;
    const auto path = keys_.path(entry.key);
    if (!path) return true;
    return sink_(file_entry(*path, entry)) != Visit::stop;
  }

 private:
  bool enter_directories(std::string_view key, std::string_view prefix, std::string& skip) {
    size_t slash = std::max(common_directory(key), prefix.size());
    while ((slash = key.find('/', slash)) != std::string_view::npos) {
      const std::string_view directory = key.substr(0, ++slash);
      current_ = directory;
      const auto path = keys_.path(directory);
      if (!path || is_before_start(directory, *path)) continue;
      switch (sink_(directory_entry(*path))) {
        case Visit::stop:
          return false;
        case Visit::skip_directory:
          skip = directory;
          return true;
        case Visit::carry_on:
          break;
      }
    }
    return true;
  }

  // Length of the longest directory prefix that `key` shares with the directory we are in.
  size_t common_directory(std::string_view key) const {
    const auto end = std::mismatch(key.begin(), key.end(), current_.begin(), current_.end()).first;
    const auto length = static_cast<size_t>(end - key.begin());
    const size_t slash = key.substr(0, length).rfind('/');
    return slash == std::string_view::npos ? 0 : slash + 1;
  }

  // The start itself and the directories that lead to it were reported in an earlier walk.
  bool is_before_start(std::string_view directory, const std::string& path) const {
    return !start_.empty() && (path == start_after_ || directory <= start_);
  }

  const KeySpace& keys_;
  const std::string_view start_after_;
  const std::string_view start_;
  const sdk::Sink& sink_;
  std::string current_;  // the deepest directory entered, with its slash
};

// A start behind everything below `prefix`: nothing to ask for.
bool is_behind(std::string_view start, std::string_view prefix) {
  return start > prefix && !start.starts_with(prefix);
}

}  // namespace

bool KeyTree::is_directory(std::string_view path, const sdk::Call& call) const {
  if (path == "/") return true;
  KeyCursor cursor(list_page_, call, {keys_.prefix(path), false, {}, seek_, 1});
  return cursor.next() != nullptr;
}

// The key to begin behind. A directory stands just before its content, so behind it means behind
// "a/", unless an object "a" may have been meant.
std::string KeyTree::start_key(std::string_view start_after, const std::string& prefix,
                               const sdk::Call& call) const {
  if (start_after.empty()) return {};
  std::string start = keys_.key(start_after);
  if (!start.starts_with(prefix) || !is_directory(start_after, call)) return start;
  KeyCursor same_name(list_page_, call, {start, false, {}, seek_, 1});
  const KeyEntry* first = same_name.next();
  if (first && first->key == start) return start;
  return start + '/';
}

void KeyTree::list(std::string_view path, const sdk::ListOptions& options, const sdk::Sink& sink,
                   const sdk::Call& call) const {
  const std::string prefix = keys_.prefix(path);
  const std::string start = start_key(options.start_after, prefix, call);
  const bool behind = is_behind(start, prefix);
  KeyCursor cursor(list_page_, call, {prefix, true, behind ? "" : start, seek_});
  SeenFiles seen;
  bool exists = path == "/";
  while (const KeyEntry* entry = cursor.next()) {
    exists = true;
    if (behind) return;
    const bool directory = ends_with_slash(entry->key);
    const auto child = keys_.path(entry->key);
    if (!child || entry->key == prefix || (directory && *child == options.start_after)) continue;
    if (directory && seen.contains(entry->key.substr(0, entry->key.size() - 1))) continue;
    if (!directory) seen.add(entry->key);
    const auto shown = directory ? directory_entry(*child) : file_entry(*child, *entry);
    if (sink(shown) == Visit::stop) return;
  }
  if (!exists && (start.empty() || !is_directory(path, call))) throw sdk::path_not_found();
}

void KeyTree::walk(std::string_view path, const sdk::ListOptions& options, const sdk::Sink& sink,
                   const sdk::Call& call) const {
  const std::string prefix = keys_.prefix(path);
  const std::string start = start_key(options.start_after, prefix, call);
  const bool behind = is_behind(start, prefix);
  KeyCursor cursor(list_page_, call, {prefix, false, behind ? "" : start, seek_});
  Walker walker(keys_, options.start_after, start, sink);
  bool exists = path == "/";
  std::string skip;
  while (const KeyEntry* entry = cursor.next()) {
    exists = true;
    if (behind) return;
    if (!walker.visit(*entry, prefix, skip)) return;
    if (!skip.empty()) cursor.skip(std::exchange(skip, {}));
  }
  if (!exists && (start.empty() || !is_directory(path, call))) throw sdk::path_not_found();
}

void KeyTree::for_each_key(std::string_view path, size_t batch, const TakeKeys& take,
                           const sdk::Call& call) const {
  const std::string key = keys_.key(path);
  const std::string below = key + '/';
  std::vector<std::string> found;
  bool any = false;
  const auto add = [&](const std::string& name) {
    any = true;
    found.push_back(name);
    if (found.size() == batch) take(std::exchange(found, {}));
  };
  // The first page of all that begins with the name holds the object, if there is one, and mostly
  // everything below it. Only when siblings fill the page, what is below is asked for by itself.
  KeyCursor siblings(list_page_, call, {key, false, {}, seek_});
  const KeyEntry* entry = siblings.next();
  if (entry && entry->key == key) add(key), entry = siblings.next();
  if (siblings.complete()) {
    for (; entry; entry = siblings.next())
      if (entry->key.starts_with(below)) add(entry->key);
  } else {
    KeyCursor children(list_page_, call, {below, false, {}, seek_});
    while ((entry = children.next())) add(entry->key);
  }
  if (!any) throw sdk::path_not_found();
  if (!found.empty()) take(std::move(found));
}

}  // namespace berth::common
