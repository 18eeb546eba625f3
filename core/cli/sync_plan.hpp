// SPDX-License-Identifier: Apache-2.0
//
// What sync --delete does with the names of two trees. A file of the source that excludes a folder
// of the destination, or the reverse, can be written only after the old content made room: that is
// a conflict, and is left for after the other copies.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/merge.hpp"

namespace berth::cli {

// All names are below the roots of the trees.
struct Conflict {
  std::string name;
  bool was_folder = false;  // in the destination, where the source has a file; else the reverse
  std::vector<std::string> old_files;  // in the destination
  std::vector<Pair> new_files;         // in the source
};

class SyncPlan {
 public:
  // Called for each file of the source that is in no conflict.
  using Copy = std::function<void(const Pair&)>;

  explicit SyncPlan(Copy copy) : copy_(std::move(copy)) {}

  // What merge_trees reports, in its order.
  void file(const Pair& pair);
  void directory(const Pair& pair);
  void finish();

  // REQUIRES: finish() was called. Files of the destination that the source does not have, and that
  // are in no conflict, in no particular order.
  const std::vector<std::string>& extras() const noexcept { return extras_; }
  const std::vector<Conflict>& conflicts() const noexcept { return conflicts_; }

 private:
  // A file of one tree, of which the other may still turn out to have a folder.
  struct Undecided {
    Pair pair;
    std::optional<std::size_t> conflict;  // index
  };

  void decide_all_but(std::string_view name);
  void decide(const Undecided& last);
  Undecided* file_at_or_above(std::string_view name, bool in_source);
  Conflict& conflict_of(Undecided& file);

  Copy copy_;
  std::vector<Undecided> undecided_;  // the name of each is the beginning of the next one's
  std::vector<std::string> extras_;
  std::vector<Conflict> conflicts_;
};

}  // namespace berth::cli
