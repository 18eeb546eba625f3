// SPDX-License-Identifier: Apache-2.0
//
// Depth first over sorted listings, without recursion: a tree's depth is the service's to choose.
#include "model/walk.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include <berth/errors.hpp>

#include "model/owned_entry.hpp"
#include "model/path.hpp"

namespace berth::model {
namespace {

// The listing of one directory and how far the walk is in it.
struct Level {
  std::vector<OwnedEntry> items;
  std::size_t next = 0;
  bool start_is_directory = false;  // what start_after names, if it is in this listing
};

class Walk {
 public:
  Walk(const WalkSteps& steps, std::string_view start_after, const Visitor& visit)
      : steps_(steps), start_(start_after), visit_(visit) {}

  void run(const std::string& from) {
    levels_.push_back(read(from));
    while (!levels_.empty()) {
      Level& level = levels_.back();
      if (level.next == level.items.size()) {
        levels_.pop_back();
        continue;
      }
      OwnedEntry item = std::move(level.items[level.next++]);
      if (!step(std::move(item), level.start_is_directory)) return;
    }
  }

 private:
  // False: the visitor ended the walk. Invalidates the level that item came from.
  bool step(OwnedEntry item, bool start_is_directory) {
    const bool leads_to_start = item.is_directory && at_or_above_start(item.path);
    if (before_start(item, start_is_directory)) {
      if (leads_to_start) enter(item.path);
      return true;
    }
    if (!complete(item)) return true;
    const Visit wanted = visit_(item.entry());
    if (wanted == Visit::stop) return false;
    if (item.is_directory && wanted != Visit::skip_directory) enter(item.path);
    return true;
  }

  bool at_or_above_start(const std::string& directory) const {
    return directory == start_ || is_below(start_, directory);
  }

  bool before_start(const OwnedEntry& item, bool start_is_directory) const {
    return !start_.empty() && !walk_less({start_, start_is_directory}, item.key());
  }

  Level read(const std::string& directory) const {
    Level level;
    steps_.list(directory, [&level](const Entry& entry) {
      level.items.emplace_back(entry);
      return Visit::carry_on;
    });
    std::sort(level.items.begin(), level.items.end(),
              [](const OwnedEntry& a, const OwnedEntry& b) { return walk_less(a.key(), b.key()); });
    level.start_is_directory = holds(level, true) && !holds(level, false);
    return level;
  }

  bool holds(const Level& level, bool is_directory) const {
    return !start_.empty() &&
           std::any_of(level.items.begin(), level.items.end(), [&](const OwnedEntry& item) {
             return item.is_directory == is_directory && item.path == start_;
           });
  }

  void enter(const std::string& directory) {
    try {
      levels_.push_back(read(directory));
    } catch (const PathNotFoundError&) {  // vanished meanwhile
    }
  }

  // Asks for what the listing did not tell of a file; false: it vanished.
  bool complete(OwnedEntry& item) const {
    if (item.is_directory || (item.size && item.modified)) return true;
    try {
      const FileInfo info = steps_.stat(item.path);
      if (info.is_directory) return false;  // replaced meanwhile
      item.size = info.size;
      item.modified = info.modified;
      if (item.etag.empty()) item.etag = info.etag;
      return true;
    } catch (const PathNotFoundError&) {
      return false;
    }
  }

  const WalkSteps& steps_;
  const std::string start_;
  const Visitor& visit_;
  std::vector<Level> levels_;
};

}  // namespace

void walk(const WalkSteps& steps, const std::string& from, std::string_view start_after,
          const Visitor& visit) {
  Walk(steps, start_after, visit).run(from);
}

}  // namespace berth::model
