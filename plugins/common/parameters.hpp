// SPDX-License-Identifier: Apache-2.0
//
// Parameters that every driver over HTTP has: rows for its table, and what they come to.
#ifndef BERTH_COMMON_PARAMETERS_HPP
#define BERTH_COMMON_PARAMETERS_HPP

#include <berth/driver.hpp>

#include "common/http/http.hpp"

namespace berth::common {

namespace rows {

constexpr sdk::Param upload_concurrency(const char* help) {
  return sdk::Param::integer("uploadconcurrency", help).with_default("4").range(1, 1'000);
}
inline constexpr sdk::Param download_concurrency =
    sdk::Param::integer("downloadconcurrency",
                        "Ranges of a download in flight; 1 reads one stream.")
        .with_default("1")
        .range(1, 1'000);
inline constexpr sdk::Param proxy =
    sdk::Param::string("proxy", "Proxy URL, or none; by default the environment's.").secret();
inline constexpr sdk::Param ca_file =
    sdk::Param::string("cafile", "File or folder of trusted certificates.").path();
inline constexpr sdk::Param max_retries =
    sdk::Param::integer("maxretries", "Repetitions of a request that failed.")
        .with_default("4")
        .range(0, 100);
inline constexpr sdk::Param connect_timeout =
    sdk::Param::millis("connecttimeout", "Longest wait for a connection.")
        .with_default("10000")
        .range(1, 3'600'000);
inline constexpr sdk::Param stall_timeout =
    sdk::Param::millis("stalltimeout", "Longest time without progress.")
        .with_default("30000")
        .range(1, 3'600'000);

}  // namespace rows

// Of proxy, cafile and the two time-outs.
[[nodiscard]] http::ClientOptions client_options(const sdk::Parameters& parameters);

}  // namespace berth::common

#endif  // BERTH_COMMON_PARAMETERS_HPP
