// SPDX-License-Identifier: Apache-2.0
//
// From an operation to the attempts that carry it out: each is addressed and signed anew, and each
// answer is judged. A token that the service refuses is renewed once. A batch is one request whose
// body holds others, each signed for itself.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/credentials_provider.hpp"
#include "common/http/retry.hpp"
#include "common/uri.hpp"
#include "endpoint.hpp"
#include "errors.hpp"
#include "settings.hpp"

namespace berth::azure {

enum class Target { blob, container, service };

// One operation. Plain names, nothing encoded.
struct Operation {
  Target target = Target::blob;
  std::string method = "GET";
  std::string blob;
  common::Query query;
  http::Headers headers;
  std::string_view body;  // borrowed until the last attempt is over
  std::optional<std::chrono::milliseconds> first_byte_timeout;
  std::vector<Operation> parts = {};  // of a batch: its body is made of them
};

class Requests {
 public:
  Requests(const Settings& settings, http::Clock& clock);

  // The attempts at an operation by the caller's thread, within `call`, which also bounds how long
  // a token is waited for. It is borrowed until the plan is gone.
  [[nodiscard]] http::Plan plan(Operation operation, const sdk::Call& call);

  // The same by the engine's thread, which may go on after the call: a token is waited for before
  // they begin.
  [[nodiscard]] http::Plan background_plan(Operation operation, const sdk::Call& call);

  // The same in its parts, for readers, which add headers (ranges) to each request of one operation
  // and make several at once. Without a call the engine's thread makes the attempt; renew_token()
  // before that. [any]
  class Attempts;
  [[nodiscard]] static std::shared_ptr<Attempts> begin(Operation operation);
  [[nodiscard]] http::Request make(Attempts& attempts, const sdk::Call* call,
                                   const http::Headers& more = {});
  [[nodiscard]] http::Verdict judge(Attempts& attempts, const http::Response& answer);
  void renew_token(const sdk::Call& call);

  // The URL from which the service itself can read a blob (with the SAS if one is used): the source
  // of a copy.
  [[nodiscard]] std::string source_url(std::string_view blob) const;

  [[nodiscard]] const Endpoint& endpoint() const noexcept { return endpoint_; }

 private:
  [[nodiscard]] bool needs_token() const noexcept;
  [[nodiscard]] http::Url url(const Operation& operation) const;
  [[nodiscard]] http::Request unsigned_request(const Operation& operation) const;
  void sign(http::Request& request, Attempts& attempts, const sdk::Call* call);
  [[nodiscard]] std::string batch_body(Attempts& attempts, const sdk::Call* call);

  const Settings& settings_;
  http::Clock& clock_;
  const Endpoint endpoint_;
  common::CredentialsProvider tokens_;
};

}  // namespace berth::azure
