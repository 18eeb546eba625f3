// SPDX-License-Identifier: Apache-2.0
//
// Writing an object: from the start, or as an append to an object or to an unfinished upload that
// this or another process left.
#pragma once

#include <berth/driver.hpp>
#include <memory>
#include <string>

#include "bucket/bucket.hpp"

namespace berth::bucket {

[[nodiscard]] std::unique_ptr<sdk::Writer> open_writer(Bucket& bucket, std::string key,
                                                       const sdk::WriteOptions& options,
                                                       const sdk::Call& call);

}  // namespace berth::bucket
