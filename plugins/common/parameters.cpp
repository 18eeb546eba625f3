// SPDX-License-Identifier: Apache-2.0
#include "common/parameters.hpp"

#include "common/bucket/options.hpp"

namespace berth::common {

http::ClientOptions client_options(const sdk::Parameters& parameters) {
  http::ClientOptions options;
  options.connect_timeout = parameters.millis("connecttimeout");
  options.stall_timeout = parameters.millis("stalltimeout");
  options.proxy = parameters.text("proxy");
  options.cafile = parameters.text("cafile");
  return options;
}

BucketOptions bucket_options(const sdk::Parameters& parameters) {
  const auto number = [&](const char* key) {
    return static_cast<unsigned>(parameters.integer(key));
  };
  BucketOptions options;
  options.name = parameters.text("bucket");
  options.root = parameters.text("rootdirectory");
  options.chunk_size = parameters.bytes("chunksize");
  options.copy_threshold = parameters.bytes("multipartcopythresholdsize");
  options.copy_chunk_size = parameters.bytes("multipartcopychunksize");
  options.copy_concurrency = number("multipartcopymaxconcurrency");
  options.upload_concurrency = number("uploadconcurrency");
  options.download_concurrency = number("downloadconcurrency");
  options.max_retries = static_cast<int>(parameters.integer("maxretries"));
  return options;
}

}  // namespace berth::common
