// SPDX-License-Identifier: Apache-2.0
//
// An Entry that outlives the visit: owns its texts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <berth/file_info.hpp>

#include "model/path.hpp"

namespace berth::model {

struct OwnedEntry {
  std::string path;
  bool is_directory = false;
  std::optional<std::uint64_t> size;
  std::optional<Time> modified;
  std::string etag;

  explicit OwnedEntry(const Entry& entry)
      : path(entry.path),
        is_directory(entry.is_directory),
        size(entry.size),
        modified(entry.modified),
        etag(entry.etag) {}

  WalkKey key() const noexcept { return {path, is_directory}; }
  Entry entry() const noexcept { return {path, is_directory, size, modified, etag}; }
};

}  // namespace berth::model
