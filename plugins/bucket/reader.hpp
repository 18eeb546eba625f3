// SPDX-License-Identifier: Apache-2.0
//
// Reading one version of an object, as a stream that resumes after a broken connection, or whole.
#pragma once

#include <berth/driver.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "bucket/bucket.hpp"

namespace berth::bucket {

// Each throws PATH_NOT_FOUND when there is no such object; the reader when it is opened.
[[nodiscard]] std::unique_ptr<sdk::Reader> open_reader(Bucket& bucket, std::string key,
                                                       const sdk::ReadOptions& options,
                                                       const sdk::Call& call);
// The size in bytes, from a GET of the first byte. Throws if the ETag is another one; an empty ETag
// is not compared.
[[nodiscard]] uint64_t size_by_reading(Bucket& bucket, const std::string& key,
                                       const std::string& etag, const sdk::Call& call);

void read_ranges(Bucket& bucket, std::string key, const sdk::RangeRead& read,
                 const sdk::Call& call);
void read_object(Bucket& bucket, std::string key, const sdk::Buffer& into, const sdk::Call& call);

}  // namespace berth::bucket
