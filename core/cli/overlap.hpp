// SPDX-License-Identifier: Apache-2.0
//
// Whether two trees share files. Decided by where they keep them: two stores of a config can be one
// place, a store can be rooted inside another one, and a local folder inside the root of a store.
#pragma once

#include <optional>
#include <string>

#include "cli/file_tree.hpp"

namespace berth::cli {

// Two paths in the terms of the tree that contains both.
struct SharedPaths {
  FileTree& outer;  // one of the two
  std::string first, second;
};

// nullopt: the two trees share nothing, as far as it is known.
std::optional<SharedPaths> shared_paths(FileTree& first, const std::string& first_path,
                                        FileTree& second, const std::string& second_path);

// Whether both are the same store of the config, whatever names of it they use.
bool are_same_store(FileTree& a, FileTree& b);

// Throws UsageError when a copy from `source` to `target` would run into itself.
enum class Overlap { of_files, of_folders, with_removal };
void refuse_overlap(FileTree& from, const std::string& source, FileTree& to,
                    const std::string& target, Overlap overlap);

}  // namespace berth::cli
