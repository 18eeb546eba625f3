// SPDX-License-Identifier: Apache-2.0
//
// The driver on the server of BERTH_OSS_*.
#pragma once

#include <string>

#include "common/http/http.hpp"
#include "driver.hpp"
#include "support/live_store.hpp"
#include "support/plain_request.hpp"

namespace berth::test {

struct OssServer {
  using Driver = oss::OssDriver;

  static Given parameters() {
    return {{"endpoint", environment("BERTH_OSS_ENDPOINT")},
            {"region", environment("BERTH_OSS_REGION")},
            {"bucket", environment("BERTH_OSS_BUCKET")},
            {"accesskeyid", environment("BERTH_OSS_ACCESS_KEY_ID")},
            {"accesskeysecret", environment("BERTH_OSS_ACCESS_KEY_SECRET")},
            {"chunksize", "5242880"},
            {"proxy", "none"}};
  }
};
using LiveStore = LiveStoreOf<OssServer>;

constexpr std::size_t mib = 1024 * 1024;

inline std::string url_of(sdk::Driver& driver, const char* path, const char* method) {
  return driver.url_for(path, {method, std::chrono::minutes(1)}, FakeCall());
}

}  // namespace berth::test
