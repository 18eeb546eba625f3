// SPDX-License-Identifier: Apache-2.0
//
// Reads what a path names, also while it is being replaced.
#include "files.hpp"

#include "layout.hpp"

namespace berth::rados {

std::string Files::blob_of(const std::string& path, const sdk::Call& call) const {
  auto blob = directories_.find(path, call);
  if (!blob || blob->empty()) throw sdk::path_not_found();
  return *blob;
}

BlobInfo Files::info(const std::string& path, std::string& blob, const sdk::Call& call) const {
  for (;;) {
    if (auto info = blobs_.info(blob, call)) return *info;
    if (auto info = empty_file(path, blob, call)) return *info;
    blob = blob_of(path, call);
  }
}

// A blob is removed only after its entry was changed. So if the entry still names the blob, object
// 0 never existed. The time of the file is then that of its directory.
std::optional<BlobInfo> Files::empty_file(const std::string& path, const std::string& blob,
                                          const sdk::Call& call) const {
  const std::time_t changed = directories_.mtime(place_of(path).directory, call);
  if (directories_.find(path, call) != blob) return std::nullopt;
  BlobInfo info;
  info.chunk_size = session_.settings().chunk_size;
  info.object_mtime = changed;
  info.mtime_ns = std::int64_t{changed} * second_ns;
  return info;
}

}  // namespace berth::rados
