// SPDX-License-Identifier: Apache-2.0
//
// The driver with a scripted server: bucket "b", no root directory, the default of four retries.
#pragma once

#include "driver.hpp"
#include "support/scripted_bucket.hpp"
#include "support/scripted_store.hpp"

namespace berth::test {

struct S3Defaults {
  using Driver = s3::S3Driver;
  static Given parameters(const std::string& url) {
    return {{"regionendpoint", url}, {"bucket", "b"}, {"accesskey", "a"}, {"secretkey", "s"}};
  }
};
using ScriptedStore = ScriptedStoreOf<S3Defaults>;

}  // namespace berth::test
