// SPDX-License-Identifier: Apache-2.0
//
// Which files of the plugin folders are plugins, which drivers they hold, and may they be loaded.
// No code of a file runs here and nothing is mapped executable.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <berth/factory.hpp>

namespace berth::discovery {

// A descriptor that was checked; what was checked is what gets loaded. Closes when the last copy
// goes.
class CheckedFile {
 public:
  CheckedFile(std::filesystem::path path, int fd);
  ~CheckedFile();
  CheckedFile(const CheckedFile&) = delete;
  CheckedFile& operator=(const CheckedFile&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }  // as found
  int fd() const noexcept { return fd_; }

 private:
  std::filesystem::path path_;
  int fd_;
};

// One file that was looked at. `file` is set when the verdict is usable (or shadowed, duplicate).
struct PluginFile {
  Candidate candidate;
  std::shared_ptr<const CheckedFile> file;
};

// The folders of the search, in order, with the defaults of PluginSearch applied.
std::vector<std::filesystem::path> search_directories(const PluginSearch& search);

// Looks at one file: opens it once without blocking, checks owner, permissions, lock file, ELF and
// names, all on that descriptor. Never throws for what the file is; the verdict tells.
PluginFile inspect(const std::filesystem::path& path, const PluginSearch& search);

// Looks at every file of every folder; applies the rules for shadowed and duplicate names. Rows are
// in search order, by name within a folder. A folder that is missing, untrusted or not absolute is
// a row of its own.
std::vector<PluginFile> scan(const PluginSearch& search);

}  // namespace berth::discovery
