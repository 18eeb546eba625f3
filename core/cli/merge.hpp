// SPDX-License-Identifier: Apache-2.0
//
// Two trees side by side: both are walked in the same order, so the files that are here, there or
// on both sides come out in one pass and constant memory.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cli/side.hpp"

namespace berth::cli {

struct Pair {
  std::string name;  // below both roots
  std::optional<FileInfo> left, right;
};

// Calls for each file. Directories are not compared: most stores have none. A right root that is
// not there is an empty tree.
void merge_files(Side& left, const std::string& left_root, Side& right,
                 const std::string& right_root, const IssueSink& left_issue,
                 const IssueSink& right_issue, const std::function<void(const Pair&)>& visit);

// Whether two files hold the same bytes; read in pieces until they differ.
bool same_content(Side& left, const std::string& left_path, Side& right,
                  const std::string& right_path);

}  // namespace berth::cli
