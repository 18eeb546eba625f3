// SPDX-License-Identifier: Apache-2.0
//
// Copying inside the bucket, on the service's side; by way of this process where the service says
// that it cannot (501).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bucket/bucket.hpp"

namespace berth::bucket {

struct ByteRange {
  uint64_t first, size;
};

// Copies one object of any size, by parts above the threshold, and returns what was copied.
// PATH_NOT_FOUND names the source. Throws CORRUPT when the copy is not as large as the source;
// after any other error the destination is untouched.
KeptObject copy_object(Bucket& bucket, const std::string& source, const std::string& destination,
                       const sdk::Call& call);

// Fills the first parts of an upload from ranges of an object, which lie end to end from its
// beginning, of the version with that etag.
// Several at once; throws the first failure after all others have ended.
[[nodiscard]] std::vector<common::Part> copy_parts(Bucket& bucket, const std::string& source,
                                                   const std::string& etag,
                                                   const std::string& destination,
                                                   const std::string& upload,
                                                   const std::vector<ByteRange>& ranges,
                                                   const sdk::Call& call);

}  // namespace berth::bucket
