// SPDX-License-Identifier: Apache-2.0
//
// What tells apart the services that keep objects in buckets and join them of parts (S3, OSS):
// addresses, signatures, names of headers, meanings of errors. What they have in common is
// bucket.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/http/retry.hpp"
#include "common/service_error.hpp"
#include "common/uri.hpp"

namespace berth::bucket {

// One operation on a key, or on the bucket when the key is empty. Plain names, nothing encoded.
struct Operation {
  std::string method = "GET";
  std::string key;
  common::Query query;
  http::Headers headers;
  std::string_view body;  // borrowed until the last attempt is over

  // Root element of a good answer, for operations whose 200 may carry an error; nullptr: none.
  const char* expects = nullptr;
  std::optional<std::chrono::milliseconds> first_byte_timeout;
};

// The attempts at one operation: each is addressed and signed anew, and each answer is judged.
// [any], since the ranges of a reader are several requests of one operation.
class Attempts {
 public:
  virtual ~Attempts() = default;
  // Within the call of the thread that sends; nullptr: that is the engine's.
  virtual http::Request make(const http::Headers& more, const sdk::Call* call) = 0;
  virtual http::Verdict judge(const http::Response& answer) = 0;
};

// What differs by a plain value only. The texts are literals.
struct Dialect {
  std::string_view prefix;  // of headers: "x-amz-"

  // Whether a URL works for whoever has it.
  bool gives_urls = true;
  // How long one may live; nullopt: as long as one likes.
  std::optional<std::chrono::hours> longest_signature = std::chrono::hours(7 * 24);

  // The element of what checksum_of() tells; nullptr: none.
  const char* checksum_element = nullptr;
  // Whether the ETag of an object tells its content. Not with keys of a key service or a customer.
  bool makes_etags_of_digests = true;

  // ---- Documents
  std::string_view name_space;  // empty: none
  // Whether deletions may be asked to answer with failures only. Else each key must be confirmed.
  bool deletes_quietly = true;
  // Whether a deletion may carry If-Match. A service that does not know it ignores it or answers
  // 501.
  bool deletes_conditionally = false;
  // Keys of a page when it is not asked for fewer; 0: the service gives as many by itself.
  size_t page_size = 0;
  // Whether lists of uploads may be asked to encode names: only where the answer says that it did.
  bool encodes_uploads = true;
  bool allows_leading_slash = true;  // of keys
  // Whether lists of version 2 are asked with a marker too, for services that know only version 1.
  bool lists_with_marker = false;
};

class Requests {
 public:
  explicit Requests(const Dialect& dialect) : dialect_(dialect) {}
  virtual ~Requests() = default;

  [[nodiscard]] const Dialect& dialect() const noexcept { return dialect_; }

  // Fetches the credentials within `call`, so that the attempts need not. It is not kept: they may
  // go on after it. [any]
  [[nodiscard]] virtual std::shared_ptr<Attempts> begin(Operation operation,
                                                        const sdk::Call& call) = 0;
  // The same for attempts that began before. [any]
  virtual void renew_credentials(const sdk::Call& call) = 0;

  // A URL that carries its own signature.
  [[nodiscard]] virtual std::string presign(std::string_view method, std::string_view key,
                                            std::chrono::milliseconds expires,
                                            const sdk::Call& call) = 0;

  // ---- Errors
  [[nodiscard]] virtual common::ServiceError read_error(const http::Response& answer) const = 0;
  [[nodiscard]] virtual http::Verdict judge(const common::ServiceError& error) const = 0;
  // `doing` completes "cannot ...": "read key 'a/b'".
  [[nodiscard]] virtual sdk::Error error_from(const common::ServiceError& error,
                                              std::string_view doing) const = 0;
  // There is an object already where add_condition() forbids one.
  [[nodiscard]] virtual bool is_existing(const common::ServiceError& error) const = 0;

  // ---- Headers
  virtual void add_condition(http::Headers& headers) const = 0;  // only where nothing is yet
  virtual void add_encryption(http::Headers& headers) const = 0;
  virtual void add_traits(http::Headers& /*headers*/) const {}  // access list, class of an object
  virtual void add_upload_traits(http::Headers& /*headers*/) const {}  // of an upload, besides
  virtual void add_checksum(http::Headers& headers, std::string_view bytes) const = 0;

  // A checksum of each part that completing must repeat: what it was in the part's request. Empty:
  // none.
  [[nodiscard]] virtual std::string checksum_of(const http::Headers& /*request*/) const {
    return {};
  }

  // Whether the service can be trusted with copying parts of an object of that key.
  [[nodiscard]] virtual bool copies_parts_of(std::string_view) const noexcept { return true; }

 private:
  const Dialect dialect_;
};

// What a final answer to an operation comes to; ok() when it is a good one.
[[nodiscard]] common::ServiceError assess(const Requests& requests, const http::Response& answer,
                                          const char* expects);

// The attempts of the caller's thread. `call` is borrowed until the plan is gone.
[[nodiscard]] http::Plan plan(Requests& requests, Operation operation, const sdk::Call& call);

// Those of the engine's thread, which may go on after the call.
[[nodiscard]] http::Plan background_plan(Requests& requests, Operation operation,
                                         const sdk::Call& call);

}  // namespace berth::bucket
