// SPDX-License-Identifier: Apache-2.0
//
// Unfinished uploads that were closed: one omap object, which is no directory, has an entry for
// each path. Another process finds them there; no listing shows them. Who writes an upload, and how
// much of it was kept, is said by object 0 of the blob alone: the entry only leads there.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "blobs.hpp"
#include "layout.hpp"
#include "operation.hpp"

namespace berth::rados {

// An upload that a writer goes on with.
struct Claim {
  UploadRecord upload;
  std::string entry;      // its value in the list
  bool finished = false;  // its commit ended before the path got the blob: see claim()
};

class Uploads {
 public:
  Uploads(const Session& session, const Blobs& blobs) : session_(session), blobs_(blobs) {}

  // Takes over the upload of this path: its token is changed, so that another writer who still
  // holds it fails at its commit. Nothing if there is none. A finished blob may get its name any
  // moment, so it is not taken over, only shown to be copied. `at_path`: the blob that is there; an
  // upload that was opened at another one is void, and is dropped.
  std::optional<Claim> claim(const std::string& path, const std::string& at_path,
                             const sdk::Call& call) const;

  // Remembers the upload; one of the same path that was there before is dropped.
  void keep(const std::string& path, const UploadRecord& record, const sdk::Call& call) const;

  // Forgets the entry if it still has this value, not the blob.
  void forget(const std::string& path, const std::string& entry, const sdk::Call& call) const;

  // Drops the upload of this path, with its bytes. False: there was none.
  bool drop(const std::string& path, const sdk::Call& call) const;

  // Whether there is one of this path, be it void.
  bool exists(const std::string& path, const sdk::Call& call) const {
    return find(path, call).has_value();
  }

  // Drops the upload of this path if it is void: opened at another blob than `at_path`.
  void drop_if_void(const std::string& path, const std::string& at_path,
                    const sdk::Call& call) const;

  // Drops those of the path and of everything below it; how many there were. Asked ahead, since
  // there are hardly ever any.
  struct Asked {
    std::unique_ptr<ReadOperation> itself, below;
  };
  Asked ask_tree(const std::string& path) const;
  std::size_t drop_tree(const std::string& path, const Asked& asked, const sdk::Call& call) const;

  // All entries behind `after`, some at a time.
  std::vector<OmapEntry> page(const std::string& after, const sdk::Call& call) const;

 private:
  std::unique_ptr<ReadOperation> ask(const std::string& path) const;
  std::unique_ptr<ReadOperation> ask_page(const std::string& after) const;
  std::vector<OmapEntry> answer(ReadOperation& asked, const sdk::Call& call) const;
  std::optional<std::string> find(const std::string& path, const sdk::Call& call) const;
  void drop(const std::string& path, const std::string& entry, const sdk::Call& call) const;
  void discard(const std::string& entry, const sdk::Call& call) const;

  const Session& session_;
  const Blobs& blobs_;
};

}  // namespace berth::rados
