// SPDX-License-Identifier: Apache-2.0
//
// One curl handle in a multi handle of its own, driven by the thread that waits for it: what
// curl_easy_perform does, plus an end at once when the call is cancelled or its deadline passes.
// Keeps its connections from one request to the next. Private to plugins/common. [one]
#ifndef BERTH_COMMON_HTTP_SESSION_HPP
#define BERTH_COMMON_HTTP_SESSION_HPP

#include <berth/driver.hpp>
#include <optional>

#include "common/http/core.hpp"
#include "common/http/curl_request.hpp"

namespace berth::http {

class Session {
 public:
  explicit Session(const Client::Core& core);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  CURL* easy() const noexcept { return easy_.get(); }

  void start();                    // the handle as set up by a CurlRequest
  std::optional<CURLcode> step();  // does what can be done without waiting; the result when over
  void wait(CurlRequest& transfer,
            const sdk::Call& call);  // throws when the call or a timeout ends
  void stop() noexcept;              // takes the handle out, done or not

  // A whole transfer.
  CURLcode run(CurlRequest& transfer, const sdk::Call& call);

 private:
  const Client::Core& core_;
  Multi multi_;
  Easy easy_;
  bool started_ = false;
  bool first_step_ = false;
};

}  // namespace berth::http

#endif  // BERTH_COMMON_HTTP_SESSION_HPP
