// SPDX-License-Identifier: Apache-2.0
//
// The unfinished uploads of one blob, read from its uncommitted blocks. Several writers share them:
//   1. A writer puts the marker of its upload (block 0, one byte), then its data blocks.
//   2. Its close puts the marker again, with one byte more than the blob has parts.
//   3. A writer that resumes the upload sends its blocks under a name of its own, without a marker.
//   4. Its close puts a marker under that name. Blocks of a name without a marker are ignored.
// Invariant: blocks of a resumed upload that failed, or that arrive after its close, never become
// part of the blob.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "block_ids.hpp"
#include "common/multipart_writer.hpp"
#include "documents.hpp"

namespace berth::azure {

// The content of a marker for a blob with that many parts; 0: the upload is not closed.
[[nodiscard]] std::string marker(size_t parts);

class UnfinishedUploads {
 public:
  // Borrows the blocks for the lifetime of this object.
  explicit UnfinishedUploads(const std::vector<Block>& uncommitted);

  // The newest upload that began with that version and was not cancelled.
  [[nodiscard]] std::optional<UploadName> newest(uint32_t base) const;

  // The parts of an upload, after those it keeps of the blob. For each writer that closed it: the
  // parts it closed with. If no writer closed it: what has arrived without a gap.
  [[nodiscard]] std::vector<common::Part> parts(const UploadName& upload,
                                                std::vector<common::Part> kept) const;

  // Whether the upload exists and was not cancelled.
  [[nodiscard]] bool is_open(const UploadName& upload) const;

  // Whether a writer has closed it.
  [[nodiscard]] bool is_closed(const UploadName& upload) const;

  // Whether a writer other than `own` resumed the same upload and closed it with more parts.
  // `parts` is how many the upload had when `own` was opened. Returns how many it had when the
  // other writer was opened.
  [[nodiscard]] std::optional<uint64_t> closed_by_other(const UploadName& own,
                                                        uint64_t parts) const;

  // Whether there are blocks that another writer, or another program, may still need.
  [[nodiscard]] bool any_but(const UploadName& upload) const;

 private:
  // What one writer sent.
  struct Sent {
    UploadName name;
    const Block* marker = nullptr;
    std::map<uint32_t, const Block*> blocks;

    // How many parts the blob had at the close; 0: not closed.
    [[nodiscard]] uint64_t closed_with() const noexcept {
      return marker && marker->size > 1 ? marker->size - 1 : 0;
    }
  };

  [[nodiscard]] const Sent* first_of(const UploadName& upload) const;
  [[nodiscard]] bool is_cancelled(const UploadName& upload) const;

  std::map<std::string, Sent> sent_;  // by the text of the name
  bool foreign_ = false;
};

}  // namespace berth::azure
