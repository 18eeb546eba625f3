// SPDX-License-Identifier: Apache-2.0
//
// Names of blocks. The service keeps uncommitted blocks for a week, without order or date. So a
// name identifies the upload of the block, when it began, the version of the blob at that time, and
// the block's number. All block names of a blob must have the same length; ours have the length
// that the registry of 2015 used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/dates.hpp"

namespace berth::azure {

inline constexpr size_t block_id_size = 29;  // before base64

// A digest of the ETag; empty: no blob. An upload is void once the blob has another version.
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
  uint64_t time = 0;    // microseconds since the epoch; appends resume the newest upload
  uint32_t base = 0;    // of the blob's version when the upload began, see base_of()
  uint32_t random = 0;  // distinguishes uploads that began at the same time
  size_t id_size = block_id_size;

  [[nodiscard]] static UploadName make(UploadKind kind, std::string_view etag, common::Time now);
  [[nodiscard]] std::string block(uint32_t number) const;  // base64
  [[nodiscard]] std::string text() const;                  // for messages
  [[nodiscard]] UploadName resumed() const;                // for a writer that resumes it
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

// nullopt: not a block of this driver.
[[nodiscard]] std::optional<BlockName> parse_block_id(std::string_view base64);

}  // namespace berth::azure
