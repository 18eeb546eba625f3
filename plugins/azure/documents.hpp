// SPDX-License-Identifier: Apache-2.0
//
// The XML documents of the service, to and from plain values. An element that is absent is not
// known, never 0; where an entry is of no use without it, that is an error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/dates.hpp"
#include "common/key_tree.hpp"
#include "sas.hpp"

namespace berth::azure {

struct ListedBlob {
  common::KeyEntry entry;  // the blob's whole name as its key
  bool folder = false;     // stands for a directory of a hierarchical namespace
};

struct BlobPage {
  std::vector<ListedBlob> blobs;
  std::string marker;  // empty: the last page
};

struct Block {
  std::string id;  // base64
  uint64_t size = 0;
};

struct BlockList {
  std::vector<Block> committed, uncommitted;
};

[[nodiscard]] std::string block_list_document(const std::vector<std::string>& ids);
[[nodiscard]] std::string key_request_document(common::Time start, common::Time end);

// Each throws UNAVAILABLE, retryable, when the body is not a whole document, or an entry lacks what
// it needs (a name, the size of a block).
[[nodiscard]] BlobPage read_blobs(std::string_view body);
[[nodiscard]] BlockList read_blocks(std::string_view body);
[[nodiscard]] DelegationKey read_delegation_key(std::string_view body);

}  // namespace berth::azure
