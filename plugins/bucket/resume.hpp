// SPDX-License-Identifier: Apache-2.0
//
// Opening a writer to append: which unfinished upload or object it continues. See resume.cpp for
// the rules.
#pragma once

#include <berth/driver.hpp>
#include <optional>
#include <string>

#include "bucket/bucket.hpp"
#include "common/multipart_writer.hpp"

namespace berth::bucket {

// What a new writer starts from.
struct WriterOrigin {
  ObjectVersion base;                      // the object that the writer adds to, or replaces
  std::optional<std::string> record_mark;  // of the record that was found; nullopt: none was
  NewUpload upload;                        // no id: the writer has to start an upload
  Description description;                 // of the object that the writer adds to
  common::ResumePoint start;
  bool has_record = false;  // there is a record, of this upload or of an earlier one
  std::string published;    // ETag of the object that had to be published first; empty: none
};

// For an append. `given`: what the object is written with instead of what it has; nullopt: nothing
// was given. Throws PATH_NOT_FOUND if there is neither an object nor an upload, and
// UNSUPPORTED_METHOD if an upload was begun with something else than what was given, because a
// service takes it only at the beginning.
[[nodiscard]] WriterOrigin resume(Bucket& bucket, const std::string& key,
                                  const std::optional<Description>& given, const sdk::Call& call);

}  // namespace berth::bucket
