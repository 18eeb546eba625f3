// SPDX-License-Identifier: Apache-2.0
//
// Files without directories are in plain byte order of their paths: of "a/b" and "a-b" the walk
// gives what the bytes give.
#include "cli/merge.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <berth/errors.hpp>

#include "cli/place.hpp"

namespace berth::cli {
namespace {

// The files of one side, one behind the other.
class Files {
 public:
  Files(std::unique_ptr<Cursor> cursor, std::string root)
      : cursor_(std::move(cursor)), root_(std::move(root)) {
    next();
  }

  bool ended() const noexcept { return !current_; }
  std::string_view name() const { return below(root_, current_->path); }

  FileInfo take() {
    auto taken = std::move(*current_);
    next();
    return taken;
  }

 private:
  void next() {
    current_.reset();
    for (FileInfo entry; cursor_ != nullptr && cursor_->next(entry);) {
      if (entry.is_directory) continue;
      current_ = std::move(entry);
      return;
    }
  }

  std::unique_ptr<Cursor> cursor_;
  std::string root_;
  std::optional<FileInfo> current_;
};

Files files_or_none(Side& side, const std::string& root, const IssueSink& issue) {
  try {
    return {side.cursor(root, issue), root};
  } catch (const PathNotFoundError&) {
    return {nullptr, root};
  }
}

}  // namespace

void merge_files(Side& left, const std::string& left_root, Side& right,
                 const std::string& right_root, const IssueSink& left_issue,
                 const IssueSink& right_issue, const std::function<void(const Pair&)>& visit) {
  Files here(left.cursor(left_root, left_issue), left_root);
  auto there = files_or_none(right, right_root, right_issue);
  while (!here.ended() || !there.ended()) {
    const int order = here.ended() ? 1 : there.ended() ? -1 : here.name().compare(there.name());
    Pair pair{.name = std::string(order <= 0 ? here.name() : there.name())};
    if (order <= 0) pair.left = here.take();
    if (order >= 0) pair.right = there.take();
    visit(pair);
  }
}

bool same_content(Side& left, const std::string& left_path, Side& right,
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
    if (got < size) return true;
  }
}

}  // namespace berth::cli
