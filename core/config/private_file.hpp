// SPDX-License-Identifier: Apache-2.0
//
// Reading small files that we must be able to trust: the config, which names code to load, and the
// secrets it points to. What was checked is what is read: one descriptor for both.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

namespace berth::config {

// what(): one clause without the file's name, as in "cannot be opened: Permission denied".
class FileRefused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct FileText {
  std::string text;
  bool world_readable = false;
};

// The config file. Throws FileRefused when it is not a regular file, is larger than 1 MiB, is owned
// by neither root nor the caller, or may be written by others.
FileText read_config_file(const std::filesystem::path& file);

// A secret: the file's content without one trailing newline. Throws FileRefused when it is no
// regular file, empty, or larger than 64 KiB.
std::string read_secret_file(const std::filesystem::path& file);

}  // namespace berth::config
