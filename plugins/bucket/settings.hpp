// SPDX-License-Identifier: Apache-2.0
//
// The settings that s3 and oss have in common.
#pragma once

#include <berth/driver.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

#include "common/part_plan.hpp"

namespace berth::bucket {

struct Settings {
  std::string name;
  std::string root;
  uint64_t chunk_size = 0;
  uint64_t smallest_part = 0;  // the last part of an upload may be smaller
  common::PartLimits limits;
  std::size_t longest_key = 0;  // in bytes
  uint64_t copy_threshold = 0;  // larger objects are copied by parts
  uint64_t copy_chunk_size = 0;
  unsigned copy_concurrency = 1, upload_concurrency = 1, download_concurrency = 1;
  int max_retries = 0;
};

// Reads the parameters; the driver adds the service's limits.
[[nodiscard]] Settings read_settings(const sdk::Parameters& parameters);

}  // namespace berth::bucket
