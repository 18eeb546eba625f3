// SPDX-License-Identifier: Apache-2.0
//
// A file: a directory entry and the blob that it names.
#pragma once

#include <optional>
#include <string>

#include "blobs.hpp"
#include "directories.hpp"

namespace berth::rados {

class Files {
 public:
  Files(const Session& session, const Directories& directories, const Blobs& blobs)
      : session_(session), directories_(directories), blobs_(blobs) {}

  // The blob that the path names. Throws PATH_NOT_FOUND if it names none.
  std::string blob_of(const std::string& path, const sdk::Call& call) const;

  // The info of `blob`, which the path named when it was last read. If the file was replaced since,
  // sets `blob` to the new one.
  BlobInfo info(const std::string& path, std::string& blob, const sdk::Call& call) const;

  // For a blob without object 0: the info of an empty file, for which a registry writes no object
  // 0. nullopt if the path no longer names the blob.
  std::optional<BlobInfo> empty_file(const std::string& path, const std::string& blob,
                                     const sdk::Call& call) const;

 private:
  const Session& session_;
  const Directories& directories_;
  const Blobs& blobs_;
};

}  // namespace berth::rados
