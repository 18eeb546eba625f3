// SPDX-License-Identifier: Apache-2.0
//
// The names of blocks. The service keeps blocks that are not committed for a week, in no order and
// without a date; so the name tells to which upload a block belongs, how old that is, which version
// of the blob was there when it began, and the block's number. All names of one blob must be
// equally long; ours are as long as those of the registry of 2015.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/dates.hpp"

namespace berth::azure {

inline constexpr size_t block_id_size = 29;  // before base64

// Of the version with that ETag; empty: no blob. An upload is void once another version is there.
[[nodiscard]] uint32_t base_of(std::string_view etag);

// What a commit of the upload does to the blob.
enum class UploadKind : char {
  create = 'n',     // replaces it
  append = 'a',     // adds blocks to its committed blocks
  rewrite = 'c',    // replaces it; the first blocks are a copy of its content
  cancelled = 'x',  // nothing: the upload is void
  resume = 's'  // blocks of a writer that resumed an upload; a random `base` identifies the writer
};

struct UploadName {
  UploadKind kind = UploadKind::create;
  uint64_t time = 0;    // microseconds since the epoch: the newest upload counts
  uint32_t base = 0;    // of the version that was there, see base_of()
  uint32_t random = 0;  // tells apart what began at the same time
  size_t id_size = block_id_size;

  [[nodiscard]] static UploadName make(UploadKind kind, std::string_view etag, common::Time now);
  [[nodiscard]] std::string block(uint32_t number) const;  // base64
  [[nodiscard]] std::string text() const;                  // for messages
  [[nodiscard]] UploadName resumed() const;                // by another writer
  [[nodiscard]] bool begins() const noexcept {
    return kind != UploadKind::cancelled && kind != UploadKind::resume;
  }
  [[nodiscard]] bool is_same(const UploadName& other) const noexcept {
    return time == other.time && random == other.random;
  }
};

struct BlockName {
  UploadName upload;
  uint32_t number = 0;
};

// nullopt: not one of ours.
[[nodiscard]] std::optional<BlockName> parse_block_id(std::string_view base64);

}  // namespace berth::azure
