// SPDX-License-Identifier: Apache-2.0
//
// Construction and registration; bucket::Driver does the work.
#include "driver.hpp"

#include "common/place.hpp"
#include "endpoint.hpp"
#include "requests.hpp"

namespace berth::oss {

void OssDriver::init() {
  http::init();
}

OssDriver::OssDriver(const sdk::Parameters& parameters, const sdk::Call&)
    : OssDriver(Settings(parameters)) {}

OssDriver::OssDriver(const Settings& settings)
    : Driver(settings.client, settings.bucket,
             [&](http::Clock& clock) { return std::make_unique<Requests>(settings, clock); }),
      place_(common::place_lines(Endpoint(settings).identity(), settings.bucket.root)) {}

}  // namespace berth::oss

BERTH_DRIVER(oss, berth::oss::OssDriver);
