// SPDX-License-Identifier: Apache-2.0
//
// Files and environment variables of the config tests, gone when a case ends.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "support/variable.hpp"

namespace berth::test {

inline std::filesystem::path write_file(const std::filesystem::path& path, const std::string& text,
                                        std::filesystem::perms mode) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
  std::filesystem::permissions(path, mode);
  return path;
}

inline std::filesystem::path write_private(const std::filesystem::path& path,
                                           const std::string& text) {
  return write_file(path, text, std::filesystem::perms(0600));
}

}  // namespace berth::test
