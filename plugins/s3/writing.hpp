// SPDX-License-Identifier: Apache-2.0
//
// Writing an object by parts, and going on with what another process left: an unfinished upload, or
// a committed object.
#ifndef BERTH_S3_WRITING_HPP
#define BERTH_S3_WRITING_HPP

#include <berth/driver.hpp>
#include <memory>
#include <string>

#include "bucket.hpp"

namespace berth::s3 {

[[nodiscard]] std::unique_ptr<sdk::Writer> open_writer(Bucket& bucket, std::string key,
                                                       const sdk::WriteOptions& options,
                                                       const sdk::Call& call);

}  // namespace berth::s3

#endif  // BERTH_S3_WRITING_HPP
