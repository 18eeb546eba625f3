// SPDX-License-Identifier: Apache-2.0
//
// Reading an object: as a stream that goes on where it broke off, of one version only.
#pragma once

#include <berth/driver.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "bucket/bucket.hpp"

namespace berth::bucket {

// All throw PATH_NOT_FOUND at once when there is no such object.
[[nodiscard]] std::unique_ptr<sdk::Reader> open_reader(Bucket& bucket, std::string key,
                                                       const sdk::ReadOptions& options,
                                                       const sdk::Call& call);
// Size in bytes, of the version with that ETag where it is not empty, from a GET of its first byte.
[[nodiscard]] uint64_t size_by_reading(Bucket& bucket, const std::string& key,
                                       const std::string& etag, const sdk::Call& call);

void read_object(Bucket& bucket, std::string key, const sdk::Buffer& into, const sdk::Call& call);

}  // namespace berth::bucket
