// SPDX-License-Identifier: Apache-2.0
//
// Which files of the plugin folders are plugins, which drivers they hold, and may they be loaded.
// No code of a file runs here and nothing is mapped executable.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <berth/factory.hpp>

#include "discovery/descriptor.hpp"

namespace berth::discovery {

// A plugin that was checked, held by descriptors: what was checked is what gets loaded.
struct CheckedFile {
  std::filesystem::path path;       // as found
  std::filesystem::path real_path;  // without symbolic links
  Descriptor file;
  Descriptor folder;             // of real_path; for openat() only
  struct stat status {};         // of the file
  std::string digest;            // that the lock file wants; empty: there is no lock
  bool allow_untrusted = false;  // others may be able to replace it
};

// One file that was looked at. `file` is set when the verdict is usable (or shadowed, duplicate).
struct PluginFile {
  Candidate candidate;
  std::shared_ptr<const CheckedFile> file;
};

// The folders of the search, in order, with the defaults of PluginSearch applied.
std::vector<std::filesystem::path> search_directories(const PluginSearch& search);

// Checks one file: opens it once without blocking, checks owner, permissions, lock file, ELF and
// names, all on that descriptor, then the folder that holds it and the libraries that it brings.
// Never throws for what the file is; the verdict says it.
PluginFile inspect(const std::filesystem::path& path, const PluginSearch& search);

// Looks at every file of every folder; applies the rules for shadowed and duplicate names. Rows are
// in search order, by name within a folder. A folder that is missing, untrusted or not absolute is
// a row of its own.
std::vector<PluginFile> scan(const PluginSearch& search);

}  // namespace berth::discovery
