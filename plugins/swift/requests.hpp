// SPDX-License-Identifier: Apache-2.0
//
// From an operation to the attempts that carry it out: each is addressed and carries the token of
// the moment. A token that the service refuses is replaced: one that has worked, as often as
// requests are repeated; one that never has, once.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/http/retry.hpp"
#include "common/uri.hpp"
#include "session.hpp"

namespace berth::swift {

// One operation on an object, on a container when `object` is empty, or on the account when both
// are. Plain names, nothing encoded.
struct Operation {
  std::string method = "GET";
  std::string container;
  std::string object;
  common::Query query;
  http::Headers headers;
  std::string_view body;  // borrowed until the last attempt is over
  std::optional<std::chrono::milliseconds> first_byte_timeout;
};

class Requests {
 public:
  explicit Requests(Sessions::Ask log_in) : sessions_(std::move(log_in)) {}

  // The attempts at an operation by the caller's thread. `call` is borrowed until the plan is gone.
  [[nodiscard]] http::Plan plan(Operation operation, const sdk::Call& call);

  // The same by the engine's thread, which may go on after the call: what must be logged in for is
  // done here and now, so that the engine does so only when a token is refused or expires on the
  // way.
  [[nodiscard]] http::Plan background_plan(Operation operation, const sdk::Call& call);

  // The same in its parts, for readers, which add headers (ranges) to each request of one operation
  // and make several at once, and for answers that tell more than their status. Without a call the
  // engine's thread makes the attempt. [any]
  class Attempts;
  [[nodiscard]] static std::shared_ptr<Attempts> begin(Operation operation, unsigned at_once = 1);
  [[nodiscard]] http::Plan plan(std::shared_ptr<Attempts> attempts, const sdk::Call& call);
  [[nodiscard]] http::Request make(Attempts& attempts, const sdk::Call* call,
                                   const http::Headers& more = {});
  [[nodiscard]] http::Verdict judge(Attempts& attempts, const http::Response& answer);
  // The service refused the token of the latest attempt.
  void expire(Attempts& attempts);

  [[nodiscard]] std::shared_ptr<const Session> session(const sdk::Call& call) {
    return sessions_.get(call);
  }

 private:
  Sessions sessions_;
};

// The URL of what an operation is about.
[[nodiscard]] http::Url url_of(const Session& session, std::string_view container,
                               std::string_view object);

}  // namespace berth::swift
