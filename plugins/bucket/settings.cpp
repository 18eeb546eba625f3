// SPDX-License-Identifier: Apache-2.0
//
// Reads the parameters that s3 and oss have in common.
#include "bucket/settings.hpp"

namespace berth::bucket {

Settings read_settings(const sdk::Parameters& parameters) {
  const auto number = [&](const char* key) {
    return static_cast<unsigned>(parameters.integer(key));
  };
  Settings settings;
  settings.name = parameters.string("bucket");
  settings.root = parameters.string("rootdirectory");
  settings.chunk_size = parameters.bytes("chunksize");
  settings.copy_threshold = parameters.bytes("multipartcopythresholdsize");
  settings.copy_chunk_size = parameters.bytes("multipartcopychunksize");
  settings.copy_concurrency = number("multipartcopymaxconcurrency");
  settings.upload_concurrency = number("uploadconcurrency");
  settings.download_concurrency = number("downloadconcurrency");
  settings.max_retries = static_cast<int>(parameters.integer("maxretries"));
  return settings;
}

}  // namespace berth::bucket
