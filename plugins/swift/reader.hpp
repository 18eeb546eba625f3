// SPDX-License-Identifier: Apache-2.0
//
// Reading an object: as a stream that goes on where it broke off, of one version only.
#pragma once

#include <berth/driver.hpp>
#include <memory>
#include <string>

#include "container.hpp"

namespace berth::swift {

// All throw PATH_NOT_FOUND when there is no such object.
[[nodiscard]] std::unique_ptr<sdk::Reader> open_reader(Container& container,
                                                       const std::string& object,
                                                       const sdk::ReadOptions& options,
                                                       const sdk::Call& call);
void read_ranges(Container& container, const std::string& object, const sdk::RangeRead& read,
                 const sdk::Call& call);
void read_whole(Container& container, const std::string& object, const sdk::Buffer& into,
                const sdk::Call& call);

[[nodiscard]] std::string read_bytes(Container& container, const std::string& object,
                                     uint64_t offset, uint64_t size, const sdk::Call& call);

}  // namespace berth::swift
