// SPDX-License-Identifier: Apache-2.0
//
// Curl's results as sentences for the person who can act. Private to plugins/common.
#ifndef BERTH_COMMON_HTTP_FAILURE_HPP
#define BERTH_COMMON_HTTP_FAILURE_HPP

#include <curl/curl.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "common/http/core.hpp"
#include "common/http/watchdog.hpp"

namespace berth::http {

// What is known of a transfer that failed.
struct Outcome {
  CURLcode code = CURLE_OK;
  std::string detail;            // curl's own words
  long os_errno = 0;             // of the last system call that failed; 0: none
  long proxy_status = 0;         // the proxy's answer to CONNECT; 0: none
  bool connected = false;        // TCP and TLS were up
  bool safe_to_repeat = true;    // no harm if the server has seen the request
  uint64_t received = 0;         // bytes of the body
  std::optional<uint64_t> size;  // the body as announced
};

sdk::Error describe(const Outcome& outcome, const Client::Core& core, const Url& url);
sdk::Error describe(Watchdog::Alarm alarm, const Watchdog::Limits& limits, const Request& request);

// A proxy answered instead of the service: it requires a user and password (407).
sdk::Error proxy_login_required(const Client::Core& core, const Url& url);

std::string in_words(std::chrono::milliseconds time);  // "10 s", "250 ms"

}  // namespace berth::http

#endif  // BERTH_COMMON_HTTP_FAILURE_HPP
