// SPDX-License-Identifier: Apache-2.0
//
// Writing an object by parts, and going on with what another process left: an unfinished upload, or
// a committed object.
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
