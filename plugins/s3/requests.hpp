// SPDX-License-Identifier: Apache-2.0
//
// From an operation to the attempts that carry it out: each is addressed and signed anew, and each
// answer is judged. Expired tokens, wrong regions and redirects are mended once, here, never by
// following blindly.
#ifndef BERTH_S3_REQUESTS_HPP
#define BERTH_S3_REQUESTS_HPP

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "common/retry.hpp"
#include "common/uri.hpp"
#include "credentials/credentials.hpp"
#include "endpoint.hpp"
#include "service_error.hpp"
#include "settings.hpp"

namespace berth::s3 {

// One operation on a key, or on the bucket when the key is empty. Plain names, nothing encoded.
struct Operation {
  std::string method = "GET";
  std::string key;
  common::Query query;
  http::Headers headers;
  std::string_view body;  // borrowed until the last attempt is over
  bool repeatable = true;

  // Root element of a good answer, for operations whose 200 may carry an error; nullptr: none.
  const char* expects = nullptr;
  std::optional<std::chrono::milliseconds> first_byte_timeout;
};

class Requests {
 public:
  Requests(const Settings& settings, http::Clock& clock);

  // The attempts at an operation. Credentials may have to be fetched within `call`; without one
  // (transfers in the background), without a deadline. `call` is borrowed until the plan is gone.
  [[nodiscard]] http::Plan plan(Operation operation, const sdk::Call* call);

  // The same for readers, which add headers (ranges) to each request of one operation and make
  // several at once. [any]
  class Attempts;
  [[nodiscard]] std::shared_ptr<Attempts> begin(Operation operation, const sdk::Call* call);
  [[nodiscard]] http::Request make(Attempts& attempts, const http::Headers& more = {});
  [[nodiscard]] http::Verdict judge(Attempts& attempts, const http::Response& answer);

  // What a final answer to the operation comes to; ok() when it is a good one.
  [[nodiscard]] static ServiceError assess(const http::Response& answer, const char* expects);

  // A URL that carries its own signature.
  [[nodiscard]] std::string presign(std::string_view method, std::string_view key,
                                    std::chrono::milliseconds expires, const sdk::Call& call);

 private:
  bool redirect(Attempts& attempts, const ServiceError& error, const http::Response& answer);
  void sign(http::Request& request, const Credentials& credentials, const Endpoint& endpoint,
            const std::string& payload_hash) const;
  [[nodiscard]] bool signs_payload(const Endpoint& endpoint) const noexcept;
  void log(const http::Request& request) const;

  [[nodiscard]] std::shared_ptr<const Endpoint> endpoint() const;
  void move_to_region(const std::string& region);

  const Settings& settings_;
  http::Clock& clock_;
  CredentialsProvider credentials_;
  mutable std::mutex mutex_;  // of endpoint_
  std::shared_ptr<const Endpoint> endpoint_;
};

}  // namespace berth::s3

#endif  // BERTH_S3_REQUESTS_HPP
