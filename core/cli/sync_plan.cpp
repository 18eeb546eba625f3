// SPDX-License-Identifier: Apache-2.0
//
// Between "a" and "a/b" may come other names that begin with "a", such as "a-c", and nothing else.
// So a file is decided when a name comes that does not begin with its own.
#include "cli/sync_plan.hpp"

#include <utility>

namespace berth::cli {
namespace {

bool is_at_or_below(std::string_view name, std::string_view folder) {
  return name.starts_with(folder) && (name.size() == folder.size() || name[folder.size()] == '/');
}

}  // namespace

void SyncPlan::file(const Pair& pair) {
  decide_all_but(pair.name);
  if (pair.left && pair.right) return copy_(pair);
  const bool in_source = pair.left.has_value();
  auto* const other = file_at_or_above(pair.name, !in_source);
  if (other == nullptr) return undecided_.push_back({pair, std::nullopt});
  if (in_source) {
    conflict_of(*other).new_files.push_back(pair);
  } else {
    conflict_of(*other).old_files.push_back(pair.name);
  }
}

// A folder of the destination excludes a file of the source even when it holds no file.
void SyncPlan::directory(const Pair& pair) {
  decide_all_but(pair.name);
  if (pair.left || !pair.right) return;
  if (auto* const file = file_at_or_above(pair.name, /*in_source=*/true)) conflict_of(*file);
}

void SyncPlan::finish() {
  for (; !undecided_.empty(); undecided_.pop_back()) decide(undecided_.back());
}

void SyncPlan::decide_all_but(std::string_view name) {
  while (!undecided_.empty() && !name.starts_with(undecided_.back().pair.name)) {
    decide(undecided_.back());
    undecided_.pop_back();
  }
}

void SyncPlan::decide(const Undecided& last) {
  if (last.conflict) return;
  if (last.pair.left) {
    copy_(last.pair);
  } else {
    extras_.push_back(last.pair.name);
  }
}

SyncPlan::Undecided* SyncPlan::file_at_or_above(std::string_view name, bool in_source) {
  for (auto file = undecided_.rbegin(); file != undecided_.rend(); ++file) {
    if (file->pair.left.has_value() == in_source && is_at_or_below(name, file->pair.name)) {
      return &*file;
    }
  }
  return nullptr;
}

Conflict& SyncPlan::conflict_of(Undecided& file) {
  if (file.conflict) return conflicts_[*file.conflict];
  file.conflict = conflicts_.size();
  auto& conflict = conflicts_.emplace_back();
  conflict.name = file.pair.name;
  conflict.was_folder = file.pair.left.has_value();
  if (conflict.was_folder) {
    conflict.new_files.push_back(file.pair);
  } else {
    conflict.old_files.push_back(conflict.name);
  }
  return conflict;
}

}  // namespace berth::cli
