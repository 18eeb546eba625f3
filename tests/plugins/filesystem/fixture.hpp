// SPDX-License-Identifier: Apache-2.0
//
// A filesystem store in a temporary directory, and access to the files on disk.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "driver.hpp"
#include "support/driver_calls.hpp"
#include "support/temp_dir.hpp"

namespace berth::test {

struct Disk {
  TempDir folder;
  std::string root = folder.string() + "/root";
  std::unique_ptr<filesystem::FilesystemDriver> store = open();

  std::unique_ptr<filesystem::FilesystemDriver> open(
      std::map<std::string, std::string> more = {}) const {
    more.emplace("rootdirectory", root);
    return open_driver<filesystem::FilesystemDriver>(more);
  }

  std::string on_disk(const std::string& path) const {
    std::ifstream file(root + path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // All paths below the root, including hidden files.
  std::vector<std::string> everything() const {
    std::vector<std::string> found;
    if (!std::filesystem::exists(root)) return found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root))
      found.push_back(entry.path().string().substr(root.size()));
    return found;
  }
};

}  // namespace berth::test
