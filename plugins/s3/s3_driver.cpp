// SPDX-License-Identifier: Apache-2.0
#include "s3_driver.hpp"

#include <algorithm>

#include "service.hpp"

namespace berth::s3 {
namespace {

constexpr size_t longest_key = 1'024;

http::ClientOptions client_options(const Settings& settings) {
  http::ClientOptions options;
  options.connect_timeout = settings.connect_timeout;
  options.stall_timeout = settings.stall_timeout;
  options.proxy = settings.proxy;
  options.cafile = settings.ca_file;
  options.skipverify = settings.skip_verify;
  options.user_agent = "berth";
  if (!settings.user_agent.empty()) options.user_agent += ' ' + settings.user_agent;
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
  options.copy_threshold = std::min(settings.copy_threshold, largest_single_copy);
  options.copy_chunk_size = settings.copy_chunk_size;
  options.copy_concurrency = static_cast<unsigned>(settings.copy_concurrency);
  options.upload_concurrency = static_cast<unsigned>(settings.upload_concurrency);
  options.download_concurrency = static_cast<unsigned>(settings.download_concurrency);
  options.max_retries = settings.max_retries;
  return options;
}

}  // namespace

void S3Driver::init() {
  http::init();
}

S3Driver::S3Driver(const sdk::Parameters& parameters, const sdk::Call&)
    : S3Driver(Settings(parameters)) {}

S3Driver::S3Driver(const Settings& settings)
    : BucketDriver(client_options(settings), bucket_options(settings),
                   [&](http::Clock& clock) { return std::make_unique<Service>(settings, clock); }) {
}

}  // namespace berth::s3

BERTH_DRIVER(s3, berth::s3::S3Driver);
BERTH_DRIVER(s3aws, berth::s3::S3Driver);  // the name of the registry's second implementation
