// SPDX-License-Identifier: Apache-2.0
#include "common/key_tree.hpp"

#include <algorithm>

#include "common/key_cursor.hpp"

namespace berth::common {
namespace {

using sdk::Visit;

constexpr size_t most_probed = 16;  // keys of a page that shows whether an object has a name

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

// Whether a key only marks a directory: it ends in a slash and has no content.
bool is_marker(const KeyEntry& entry) noexcept {
  return ends_with_slash(entry.key) && entry.size.value_or(0) == 0;
}

// The driver's own records, which no path can name.
class Records {
 public:
  Records(const Lookup& lookup, const sdk::Call& call) : lookup_(lookup), call_(call) {}

  bool contain(const std::string& key, std::string_view path) {
    if (!lookup_.records || has_only_components(path)) return false;
    if (!is_record_) is_record_ = lookup_.records(call_);
    return is_record_(key);
  }

  // Whether nothing else is in a cursor's listing.
  bool are_all_of(KeyCursor& cursor, const KeySpace& keys) {
    while (const KeyEntry* entry = cursor.next()) {
      const auto path = keys.path(entry->key);
      if (path && !contain(entry->key, *path)) return false;
    }
    return lookup_.records != nullptr;
  }

 private:
  const Lookup& lookup_;
  const sdk::Call& call_;
  Lookup::IsRecord is_record_;
};

// One walk: turns ordered keys into entries, with each directory reported before its content.
class Walker {
 public:
  Walker(const KeySpace& keys, const Lookup& lookup, std::string_view start_after,
         std::string_view start, const sdk::Sink& sink, const sdk::Call& call)
      : keys_(keys),
        lookup_(lookup),
        start_after_(start_after),
        start_(start),
        sink_(sink),
        call_(call),
        records_(lookup, call) {}

  // Reports the directories that `key` enters, then the object. Returns false to end the walk;
  // `skip` is set to the prefix of a directory that is not wanted.
  bool visit(const KeyEntry& entry, std::string_view prefix, std::string& skip) {
    const auto path = keys_.path(entry.key);
    if (path && records_.contain(entry.key, *path)) return true;
    if (!enter_directories(entry.key, prefix, skip)) return false;
    if (!path || !skip.empty() || is_marker(entry)) return true;
    return report(*path, entry);
  }

 private:
  // A walk reports the size of every object, whatever the listing says.
  bool report(const std::string& path, const KeyEntry& entry) {
    sdk::Entry file = file_entry(path, entry);
    if (!file.size && lookup_.size) {
      file.size = lookup_.size(entry.key, call_);
      if (!file.size) return true;  // removed since it was listed
    }
    return sink_(file) != Visit::stop;
  }

  bool enter_directories(std::string_view key, std::string_view prefix, std::string& skip) {
    size_t slash = std::max(common_directory(key), prefix.size());
    while ((slash = key.find('/', slash)) != std::string_view::npos) {
      const std::string_view directory = key.substr(0, ++slash);
      current_ = directory;
      const auto path = keys_.directory(directory);
      // What is in a directory without a name is reported, which is enough.
      if (!path || !has_only_components(*path) || is_before_start(directory, *path)) continue;
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
  const Lookup& lookup_;
  const std::string_view start_after_;
  const std::string_view start_;
  const sdk::Sink& sink_;
  const sdk::Call& call_;
  Records records_;
  std::string current_;  // the deepest directory entered, with its slash
};

// A start after everything below `prefix`: nothing to ask for.
bool is_after_all(std::string_view start, std::string_view prefix) {
  return start > prefix && !start.starts_with(prefix);
}

// What a delimited listing of `prefix` shows of a key: an object, or the directory that it is in,
// also of a service that ignores the delimiter.
std::string_view child_of(std::string_view key, std::string_view prefix) {
  const size_t slash = key.find('/', prefix.size());
  return slash == std::string_view::npos ? key : key.substr(0, slash + 1);
}

}  // namespace

bool KeyTree::is_directory(std::string_view path, const sdk::Call& call) const {
  if (path == "/") return true;
  KeyCursor cursor(list_page_, *order_, call, {keys_.prefix(path), false, {}, seek_, 1});
  return cursor.next() != nullptr;
}

// The key to begin after. A directory stands just before its content, so after it means after
// "a/", unless an object "a" may have been meant.
std::string KeyTree::start_key(std::string_view start_after, const std::string& prefix,
                               const sdk::Call& call) const {
  if (start_after.empty()) return {};
  std::string start = keys_.key(start_after);
  if (!start.starts_with(prefix) || !is_directory(start_after, call)) return start;
  // The object would be the first one; several show whether the service lists in that order.
  KeyCursor same_name(list_page_, *order_, call, {start, false, {}, seek_, most_probed});
  const KeyEntry* first = same_name.next();
  if (first && first->key == start) return start;
  return start + '/';
}

// Reports the children of one directory.
class KeyTree::Lister {
 public:
  Lister(const KeyTree& tree, const std::string& prefix, std::string_view start_after,
         const sdk::Sink& sink, const sdk::Call& call)
      : tree_(tree),
        prefix_(prefix),
        start_after_(start_after),
        sink_(sink),
        call_(call),
        records_(tree.lookup_, call) {}

  Visit visit(const KeyEntry& entry) {
    const std::string child(child_of(entry.key, prefix_));
    const bool directory = ends_with_slash(child) && child != prefix_;
    return directory ? visit_directory(child) : visit_file(entry);
  }

 private:
  Visit visit_directory(const std::string& child) {
    const auto path = tree_.keys_.directory(child);
    const bool reported = child == directory_ || seen_.contains(child.substr(0, child.size() - 1));
    directory_ = child;
    if (reported || !path || *path == start_after_ || has_only_records(child, *path))
      return Visit::carry_on;
    return sink_(directory_entry(*path));
  }

  Visit visit_file(const KeyEntry& entry) {
    const auto path = tree_.keys_.path(entry.key);
    if (!path || is_marker(entry) || records_.contain(entry.key, *path)) return Visit::carry_on;
    seen_.add(entry.key);
    return sink_(file_entry(*path, entry));
  }

  bool has_only_records(const std::string& child, const std::string& path) {
    if (has_only_components(path)) return false;
    KeyCursor inside(tree_.list_page_, *tree_.order_, call_, {child, false, {}, tree_.seek_});
    return records_.are_all_of(inside, tree_.keys_);
  }

  const KeyTree& tree_;
  const std::string& prefix_;
  const std::string_view start_after_;
  const sdk::Sink& sink_;
  const sdk::Call& call_;
  Records records_;
  SeenFiles seen_;
  std::string directory_;  // the last one
};

void KeyTree::list(std::string_view path, const sdk::ListOptions& options, const sdk::Sink& sink,
                   const sdk::Call& call) const {
  const std::string prefix = keys_.prefix(path);
  const std::string start = start_key(options.start_after, prefix, call);
  const bool after_all = is_after_all(start, prefix);
  KeyCursor cursor(list_page_, *order_, call, {prefix, true, after_all ? "" : start, seek_});
  Lister lister(*this, prefix, options.start_after, sink, call);
  bool exists = path == "/";
  while (const KeyEntry* entry = cursor.next()) {
    exists = true;
    if (after_all || lister.visit(*entry) == Visit::stop) return;
  }
  if (!exists && (start.empty() || !is_directory(path, call))) throw sdk::path_not_found();
}

void KeyTree::walk(std::string_view path, const sdk::ListOptions& options, const sdk::Sink& sink,
                   const sdk::Call& call) const {
  const std::string prefix = keys_.prefix(path);
  const std::string start = start_key(options.start_after, prefix, call);
  const bool after_all = is_after_all(start, prefix);
  KeyCursor cursor(list_page_, *order_, call, {prefix, false, after_all ? "" : start, seek_});
  Walker walker(keys_, lookup_, options.start_after, start, sink, call);
  bool exists = path == "/";
  std::string skip;
  while (const KeyEntry* entry = cursor.next()) {
    exists = true;
    if (after_all || !walker.visit(*entry, prefix, skip)) return;
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
  // everything below it. Only when siblings fill the page, what is below is listed on its own.
  KeyCursor siblings(list_page_, *order_, call, {key, false, {}, seek_});
  const KeyEntry* entry = siblings.next();
  if (entry && entry->key == key) add(key), entry = siblings.next();
  if (siblings.complete()) {
    for (; entry; entry = siblings.next())
      if (entry->key.starts_with(below)) add(entry->key);
  } else {
    KeyCursor children(list_page_, *order_, call, {below, false, {}, seek_});
    while ((entry = children.next())) add(entry->key);
  }
  if (!any) throw sdk::path_not_found();
  if (!found.empty()) take(std::move(found));
}

}  // namespace berth::common
