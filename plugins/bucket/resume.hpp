// SPDX-License-Identifier: Apache-2.0
//
// Opening a writer to append: which unfinished upload or object it continues.
#pragma once

#include <berth/driver.hpp>
#include <string>

#include "bucket/bucket.hpp"
#include "common/multipart_writer.hpp"

namespace berth::bucket {

// What a new writer starts from.
struct WriterOrigin {
  ObjectVersion base;       // what the writer adds to, or replaces
  std::string record_mark;  // of the record that is resumed; empty: none is
  NewUpload upload;         // without id: none is there yet
  Description description;  // of the object that is added to
  common::MultipartStart start;
  bool has_record = false;  // something lies beside an upload, this one or an earlier
  std::string published;    // ETag of the object that going on had to publish; empty: none
};

// For an append. Throws PATH_NOT_FOUND where there is neither an object nor an upload.
[[nodiscard]] WriterOrigin resume(Bucket& bucket, const std::string& key, const sdk::Call& call);

}  // namespace berth::bucket
