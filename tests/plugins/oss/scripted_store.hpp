// SPDX-License-Identifier: Apache-2.0
//
// The driver with a scripted server: bucket "b", no root directory, the default of four retries.
#pragma once

#include "driver.hpp"
#include "support/scripted_bucket.hpp"
#include "support/scripted_store.hpp"

namespace berth::test {

struct OssDefaults {
  using Driver = oss::OssDriver;
  static Given parameters(const std::string& url) {
    return {{"endpoint", url},
            {"region", "oss-cn-hangzhou"},
            {"bucket", "b"},
            {"accesskeyid", "a"},
            {"accesskeysecret", "s"}};
  }
};
using ScriptedStore = ScriptedStoreOf<OssDefaults>;

}  // namespace berth::test
