// SPDX-License-Identifier: Apache-2.0
//
// Reading a blob of any type: as a stream that goes on where it broke off, of one version only.
#pragma once

#include <berth/driver.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "container.hpp"

namespace berth::azure {

// All throw PATH_NOT_FOUND at once when there is no such blob.
[[nodiscard]] std::unique_ptr<sdk::Reader> open_reader(Container& container, std::string blob,
                                                       const sdk::ReadOptions& options,
                                                       const sdk::Call& call);
void read_ranges(Container& container, std::string blob, const sdk::RangeRead& read,
                 const sdk::Call& call);
void read_whole(Container& container, std::string blob, const sdk::Buffer& into,
                const sdk::Call& call);

// Size in bytes, of the version with that ETag where it is not empty, from a GET of its first byte.
[[nodiscard]] uint64_t size_by_reading(Container& container, const std::string& blob,
                                       const std::string& etag, const sdk::Call& call);

// Exactly those bytes, of the version with that ETag; another one is an error.
[[nodiscard]] std::string read_range(Container& container, const std::string& blob,
                                     const std::string& etag, uint64_t first, uint64_t size,
                                     const sdk::Call& call);

}  // namespace berth::azure
