// SPDX-License-Identifier: Apache-2.0
//
// Construction and registration; bucket::Driver does the work.
#include "driver.hpp"

#include "common/place.hpp"
#include "endpoint.hpp"
#include "requests.hpp"

namespace berth::s3 {

void S3Driver::init() {
  http::init();
}

S3Driver::S3Driver(const sdk::Parameters& parameters, const sdk::Call&)
    : S3Driver(Settings(parameters)) {}

S3Driver::S3Driver(const Settings& settings)
    : Driver(settings.client, settings.bucket,
             [&](http::Clock& clock) { return std::make_unique<Requests>(settings, clock); }),
      place_(common::place_lines(Endpoint(settings).identity(), settings.bucket.root)) {}

}  // namespace berth::s3

BERTH_DRIVER(s3, berth::s3::S3Driver);
BERTH_DRIVER(s3aws, berth::s3::S3Driver);  // the name of the registry's second implementation
