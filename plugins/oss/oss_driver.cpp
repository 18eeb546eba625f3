// SPDX-License-Identifier: Apache-2.0
#include "oss_driver.hpp"

#include "service.hpp"

namespace berth::oss {
namespace {

http::ClientOptions client_options(const Settings& settings) {
  http::ClientOptions options;
  options.connect_timeout = settings.connect_timeout;
  options.stall_timeout = settings.stall_timeout;
  options.proxy = settings.proxy;
  options.cafile = settings.ca_file;
  return options;
}

common::BucketOptions bucket_options(const Settings& settings) {
  common::BucketOptions options;
  options.name = settings.bucket;
  options.root = settings.root;
  options.chunk_size = settings.chunk_size;
  options.longest_key = longest_key;
  options.smallest_part = smallest_part;
  options.limits = {most_parts, largest_part, largest_object};
  options.copy_threshold = settings.copy_threshold;
  options.copy_chunk_size = settings.copy_chunk_size;
  options.copy_concurrency = static_cast<unsigned>(settings.copy_concurrency);
  options.upload_concurrency = static_cast<unsigned>(settings.upload_concurrency);
  options.download_concurrency = static_cast<unsigned>(settings.download_concurrency);
  options.max_retries = settings.max_retries;
  return options;
}

}  // namespace

void OssDriver::init() {
  http::init();
}

OssDriver::OssDriver(const sdk::Parameters& parameters, const sdk::Call&)
    : OssDriver(Settings(parameters)) {}

OssDriver::OssDriver(const Settings& settings)
    : BucketDriver(client_options(settings), bucket_options(settings),
                   [&](http::Clock& clock) { return std::make_unique<Service>(settings, clock); }) {
}

}  // namespace berth::oss

BERTH_DRIVER(oss, berth::oss::OssDriver);
