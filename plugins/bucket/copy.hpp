// SPDX-License-Identifier: Apache-2.0
//
// Copies inside the bucket, made by the service; where the service cannot copy (501), this process
// downloads and uploads the bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bucket/bucket.hpp"

namespace berth::bucket {

struct ByteRange {
  uint64_t first, size;
};

struct Copied {
  KeptObject source;  // the version that was copied
  std::string etag;   // of the copy; empty: unknown
};

// Copies one object of any size, by parts above the threshold. if_match: the ETag that the source
// must have, else PRECONDITION_FAILED; empty: any. PATH_NOT_FOUND is about the source.
// Throws CORRUPT when the copy is not as large as the source; after any other error the destination
// is unchanged.
Copied copy_object(Bucket& bucket, const std::string& source, const std::string& destination,
                   std::string_view if_match, const sdk::Call& call);

// Fills the first parts of an upload from consecutive ranges of an object, from its first byte on,
// of the version with that ETag. Copies several parts at once; throws the first failure after all
// others have ended.
[[nodiscard]] std::vector<common::Part> copy_parts(Bucket& bucket, const std::string& source,
                                                   const std::string& etag,
                                                   const std::string& destination,
                                                   const std::string& upload,
                                                   const std::vector<ByteRange>& ranges,
                                                   const sdk::Call& call);

}  // namespace berth::bucket
