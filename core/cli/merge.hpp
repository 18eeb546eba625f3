// SPDX-License-Identifier: Apache-2.0
//
// Walks two trees in the same order and reports the files that are in either or both, in one pass
// and constant memory.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cli/file_tree.hpp"

namespace berth::cli {

struct Pair {
  std::string name;  // below both roots
  std::optional<FileInfo> left, right;
};

struct MergeTree {
  FileTree& files;
  std::string root;
  IssueSink issue;
  bool may_be_missing = false;  // a root that is missing is an empty tree; else PathNotFoundError
};

// Called for each name, in byte order. A file and a directory of one name are two pairs: some
// stores have both, and most know a directory only by the files below it.
struct MergeVisitor {
  std::function<void(const Pair&)> file;
  std::function<void(const Pair&)> directory = {};  // empty: directories are not reported
};

// Throws CorruptError when one of the walks is not in the order of Store::walk.
void merge_trees(const MergeTree& left, const MergeTree& right, const MergeVisitor& visitor);

// Whether two files hold the same bytes; reads until they differ. Throws ChangedError when one
// changed meanwhile.
bool same_content(FileTree& left, const std::string& left_path, FileTree& right,
                  const std::string& right_path);

}  // namespace berth::cli
