// SPDX-License-Identifier: Apache-2.0
//
// Unfinished uploads that were closed, for a later append in any process. One omap object, which is
// not a directory and never listed, has an entry for each path. The entry only names the blob; its
// object 0 says which writer has the upload and how many bytes of it are valid.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "blobs.hpp"
#include "layout.hpp"
#include "requests.hpp"

namespace berth::rados {

// An upload that a writer continues.
struct Claim {
  UploadRecord upload;
  std::string entry;      // its value in the list
  bool finished = false;  // the blob is finished, but the path does not name it: see claim()
};

class Uploads {
 public:
  Uploads(const Session& session, const Blobs& blobs) : session_(session), blobs_(blobs) {}

  // Takes over the upload of this path: sets a new token, so that a previous writer fails at its
  // commit. nullopt if there is none. `at_path` is the blob that the path names; an upload that was
  // opened when the path named another blob is void, and is dropped. A finished blob is returned,
  // to be copied, but not taken over: its writer may be about to add its entry.
  std::optional<Claim> claim(const std::string& path, const std::string& at_path,
                             const sdk::Call& call) const;

  // Adds the upload to the list. Drops another upload of the same path.
  void save(const std::string& path, const UploadRecord& record, const sdk::Call& call) const;

  // Removes the entry if it still has this value, but not the blob.
  void forget(const std::string& path, const std::string& entry, const sdk::Call& call) const;

  // Removes the upload of this path and its blob. False: there was none.
  bool drop(const std::string& path, const sdk::Call& call) const;

  // Whether there is an upload of this path, even a void one.
  bool exists(const std::string& path, const sdk::Call& call) const {
    return find(path, call).has_value();
  }

  // Drops the upload of this path if it is void: opened when the path named another blob.
  void drop_if_void(const std::string& path, const std::string& at_path,
                    const sdk::Call& call) const;

  // Drops the uploads of the path and of everything below it, and returns how many there were. Both
  // reads are started early, so that the usual case, no uploads, costs no extra wait.
  struct TreeReads {
    std::unique_ptr<ReadOperation> itself, below;
  };
  TreeReads start_tree(const std::string& path) const;
  std::size_t drop_tree(const std::string& path, const TreeReads& reads,
                        const sdk::Call& call) const;

  // One page of the entries after `after`; empty at the end.
  std::vector<OmapEntry> page(const std::string& after, const sdk::Call& call) const;

 private:
  std::unique_ptr<ReadOperation> start_find(const std::string& path) const;
  std::unique_ptr<ReadOperation> start_page(const std::string& after) const;
  std::vector<OmapEntry> await_entries(ReadOperation& read, const sdk::Call& call) const;
  std::optional<std::string> find(const std::string& path, const sdk::Call& call) const;
  void drop(const std::string& path, const std::string& entry, const sdk::Call& call) const;
  void discard(const std::string& entry, const sdk::Call& call) const;

  const Session& session_;
  const Blobs& blobs_;
};

}  // namespace berth::rados
