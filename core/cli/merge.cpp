// SPDX-License-Identifier: Apache-2.0
//
// With a slash at the end of directories, the order of a walk is the byte order of the names.
#include "cli/merge.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <berth/errors.hpp>

#include "cli/place.hpp"
#include "cli/walk_order.hpp"

namespace berth::cli {
namespace {

// The entries of one tree in order. The key of a directory is its name with a slash at the end.
class Entries {
 public:
  explicit Entries(const MergeTree& tree)
      : tree_(tree), cursor_(open(tree)), order_(tree.files.show("")) {
    next();
  }

  bool ended() const noexcept { return !current_; }
  const std::string& key() const noexcept { return key_; }

  FileInfo take() {
    auto taken = std::move(*current_);
    next();
    return taken;
  }

 private:
  static std::unique_ptr<Cursor> open(const MergeTree& tree) {
    try {
      return tree.files.cursor(tree.root, tree.issue);
    } catch (const PathNotFoundError&) {
      if (!tree.may_be_missing) throw;
      return nullptr;
    }
  }

  // A store reports a missing root when the first entry is asked for.
  bool fetch(FileInfo& entry) {
    try {
      return cursor_ != nullptr && cursor_->next(entry);
    } catch (const PathNotFoundError&) {
      if (!tree_.may_be_missing || !key_.empty()) throw;
      return false;
    }
  }

  void next() {
    current_.reset();
    FileInfo entry;
    if (!fetch(entry)) return;
    order_.check(entry.path, entry.is_directory);
    key_ = below(tree_.root, entry.path);
    if (entry.is_directory) key_ += '/';
    current_ = std::move(entry);
  }

  const MergeTree& tree_;
  std::unique_ptr<Cursor> cursor_;
  WalkOrder order_;
  std::string key_;  // of the current entry, or of the last one
  std::optional<FileInfo> current_;
};

int order_of(const Entries& left, const Entries& right) {
  if (left.ended()) return 1;
  return right.ended() ? -1 : left.key().compare(right.key());
}

void visit_pair(Pair& pair, const MergeVisitor& visitor) {
  const bool is_directory = pair.name.ends_with('/');
  if (is_directory) pair.name.pop_back();
  if (!is_directory) return visitor.file(pair);
  if (visitor.directory) visitor.directory(pair);
}

}  // namespace

void merge_trees(const MergeTree& left, const MergeTree& right, const MergeVisitor& visitor) {
  Entries here(left), there(right);
  while (!here.ended() || !there.ended()) {
    const int order = order_of(here, there);
    Pair pair{.name = order <= 0 ? here.key() : there.key()};
    if (order <= 0) pair.left = here.take();
    if (order >= 0) pair.right = there.take();
    visit_pair(pair, visitor);
  }
}

bool same_content(FileTree& left, const std::string& left_path, FileTree& right,
                  const std::string& right_path) {
  const auto size = std::max(left.io_bytes(), right.io_bytes());
  const auto a = left.read(left_path), b = right.read(right_path);
  const auto buffer = std::make_unique<char[]>(2 * size);
  for (;;) {
    const auto got = fill(*a, buffer.get(), size);
    const auto other = fill(*b, buffer.get() + size, size);
    if (got != other || !std::equal(buffer.get(), buffer.get() + got, buffer.get() + size)) {
      return false;
    }
    if (got < size) break;
  }
  a->check_complete();
  b->check_complete();
  return true;
}

}  // namespace berth::cli
