// SPDX-License-Identifier: Apache-2.0
//
// The unfinished uploads of one blob, as its uncommitted blocks tell of them. Block 0 of an upload
// is its marker: it is there before any data, and at close it is put again, one byte larger than
// the blob has parts. An append that goes on with an upload names its blocks anew and has a marker
// only once it is closed; so what a failed one left, or what of it comes late, counts for nothing.
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

// The content of a marker, when the blob has so many parts; 0: as long as nobody has closed it.
[[nodiscard]] std::string marker(size_t parts);

class UnfinishedUploads {
 public:
  // Borrowed as long as this lives.
  explicit UnfinishedUploads(const std::vector<Block>& uncommitted);

  // Of those that began with that version and were not cancelled.
  [[nodiscard]] std::optional<UploadName> newest(uint32_t base) const;

  // The parts of an upload, behind those it keeps of the blob: of each of its writers what it was
  // closed with, and of one that died before anybody closed the upload what has arrived without a
  // gap.
  [[nodiscard]] std::vector<common::Part> parts(const UploadName& upload,
                                                std::vector<common::Part> kept) const;

  // Whether it is there and was not cancelled.
  [[nodiscard]] bool is_open(const UploadName& upload) const;

  // Whether a writer has closed it.
  [[nodiscard]] bool is_closed(const UploadName& upload) const;

  // Whether there are blocks that another writer, or another program, may still need.
  [[nodiscard]] bool any_but(const UploadName& upload) const;

 private:
  // What one writer sent.
  struct Sent {
    UploadName name;
    const Block* marker = nullptr;
    std::map<uint32_t, const Block*> blocks;

    // Parts of the blob at its end; 0: not closed.
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
