// SPDX-License-Identifier: Apache-2.0
//
// Old files that make room for new ones that cannot exist at the same time: a file for a folder of
// the same name, or the reverse. They keep their content under other names until the new files are
// there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/file_tree.hpp"

namespace berth::cli {

// A name next to `path` that no other file has.
std::string aside_name(std::string_view path);

class Replacement {
 public:
  // path: of the file that becomes a folder, or of the folder that becomes a file.
  Replacement(FileTree& files, std::string path, bool was_folder,
              std::vector<std::string> old_files);

  // Throws when one could not be moved, with the others moved back.
  void set_aside();

  // Removes those of the new files that exist, and moves the old ones back. Throws when an old one
  // could not be moved back; the error says where its content is.
  void restore(const std::vector<std::string>& new_files);

  // Removes the old files for good.
  void discard();

  const std::string& path() const noexcept { return path_; }
  const std::vector<std::string>& old_files() const noexcept { return old_files_; }

 private:
  std::string aside_of(const std::string& old_file) const;
  void move_back();
  void remove_folder_if_empty(const std::string& folder);

  FileTree& files_;
  std::string path_, aside_;
  bool was_folder_;
  std::vector<std::string> old_files_;
  std::size_t moved_ = 0;  // of the old files, from the front
};

}  // namespace berth::cli
