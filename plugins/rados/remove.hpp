// SPDX-License-Identifier: Apache-2.0
//
// Removes files and trees. An entry is removed first, then the chunks of its blob, unless a move in
// progress gives the blob another entry.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "blobs.hpp"
#include "directories.hpp"
#include "move_marks.hpp"

namespace berth::rados {

class Removal {
 public:
  Removal(const Session& session, const Directories& directories, const Blobs& blobs)
      : session_(session), directories_(directories), blobs_(blobs) {}

  // Removes the file at path; `blob` is what its entry named when it was last read. Does nothing if
  // another process has removed the file.
  void remove_file(const std::string& path, std::string blob, const sdk::Call& call) const;

  // Removes everything below the directory, then the directory itself if it is empty.
  void remove_tree(const std::string& directory, const sdk::Call& call) const;

  // Removes the chunks of a blob, unless a move in progress needs them. `info` is a request from
  // Blobs::start_info(), which may have been started before the entry was changed.
  // REQUIRES: the entry `path` named this blob and does not any more.
  void remove_blob(const std::string& blob, const std::string& path, const sdk::Call& call,
                   std::unique_ptr<ReadOperation> info = nullptr) const;

  // The same for many files of one directory, in parallel. A failure that concerns one blob is
  // logged and the others are removed. On any other failure, logs every blob that remains and
  // throws.
  void remove_blobs(const std::string& directory, const std::vector<OmapEntry>& files,
                    const sdk::Call& call) const;

 private:
  void remove_blobs(const std::string& directory, const std::vector<OmapEntry>& files,
                    std::vector<bool>& done, const sdk::Call& call) const;

  const Session& session_;
  const Directories& directories_;
  const Blobs& blobs_;
  const MoveMarks marks_{session_};
};

}  // namespace berth::rados
