// SPDX-License-Identifier: Apache-2.0
//
// The interface that each service (S3, OSS) implements: how a request is addressed and signed,
// which headers it has, and what an error means. bucket.hpp has what the services share.
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
#include "common/xml.hpp"

namespace berth::bucket {

// One operation on a key, or on the bucket when the key is empty. Plain names, nothing encoded.
struct Operation {
  std::string method = "GET";
  std::string key;
  common::Query query;
  http::Headers headers;
  std::string_view body;  // borrowed until the last attempt is over

  // Root element of a good answer, for operations whose answer is a document; a status of 200 may
  // carry an error instead. nullptr: none.
  const char* expects = nullptr;
  std::optional<std::chrono::milliseconds> first_byte_timeout;
};

// The attempts at one operation: each is addressed and signed when it is sent, and each answer is
// judged. [any], since the ranges of a reader are several requests of one operation.
class Attempts {
 public:
  virtual ~Attempts() = default;
  // Within the caller's call; nullptr: the engine's thread sends.
  virtual http::Request make(const http::Headers& more, const sdk::Call* call) = 0;
  // `error`: what assess() read from the answer.
  virtual http::Verdict judge(const http::Response& answer, const common::ServiceError& error) = 0;
};

// Differences that are plain values. The strings are literals.
struct Dialect {
  std::string_view prefix;  // of headers: "x-amz-"

  // Whether a signed URL works without further headers.
  bool gives_urls = true;
  // The longest lifetime of a signed URL; nullopt: no limit.
  std::optional<std::chrono::hours> longest_signature = std::chrono::hours(7 * 24);

  // The XML element of the checksum that checksum_of() returns; nullptr: none.
  const char* checksum_element = nullptr;
  // Whether the ETag of an object is a digest of its content. It is not where a key of a key
  // service or of a customer encrypts it.
  bool makes_etags_of_digests = true;

  // ---- Documents
  std::string_view name_space;  // empty: none
  // Whether a deletion may ask for an answer that lists failures only. Else each key must be
  // confirmed.
  bool deletes_quietly = true;
  // Whether a deletion carries If-Match. A service without it ignores the header or answers 501.
  bool deletes_conditionally = false;
  // Keys per page of a listing; 0: the service's default.
  std::size_t page_size = 0;
  // Whether a list of uploads may ask for encoded names: only where the answer says that they are.
  bool encodes_uploads = true;
  bool allows_leading_slash = true;  // of keys
  // Whether listings of version 2 also send a marker, for services that know only version 1.
  bool lists_with_marker = false;
};

class Requests {
 public:
  explicit Requests(const Dialect& dialect) : dialect_(dialect) {}
  virtual ~Requests() = default;

  [[nodiscard]] const Dialect& dialect() const noexcept { return dialect_; }

  // Fetches the credentials within `call`, so that the attempts need not. `call` is not stored,
  // since attempts may outlive it. [any]
  [[nodiscard]] virtual std::shared_ptr<Attempts> begin(Operation operation,
                                                        const sdk::Call& call) = 0;
  // Fetches the credentials again, for attempts that exist already. [any]
  virtual void renew_credentials(const sdk::Call& call) = 0;

  // A URL with the signature in its query.
  [[nodiscard]] virtual std::string presign(std::string_view method, std::string_view key,
                                            std::chrono::milliseconds expires,
                                            const sdk::Call& call) = 0;

  // ---- Errors
  [[nodiscard]] virtual common::ServiceError read_error(const http::Response& answer) const = 0;
  [[nodiscard]] virtual http::Verdict judge(const common::ServiceError& error) const = 0;
  // `doing` completes "cannot ...": "read key 'a/b'".
  [[nodiscard]] virtual sdk::Error error_from(const common::ServiceError& error,
                                              std::string_view doing) const = 0;
  // Whether the service refused the request because the object exists; see add_condition().
  [[nodiscard]] virtual bool is_existing(const common::ServiceError& error) const = 0;

  // ---- Headers
  virtual void add_condition(http::Headers& headers) const = 0;  // fails if the object exists
  virtual void add_encryption(http::Headers& headers) const = 0;
  virtual void add_traits(http::Headers& /*headers*/) const {}         // access list, storage class
  virtual void add_upload_traits(http::Headers& /*headers*/) const {}  // for uploads only
  virtual void add_checksum(http::Headers& headers, std::string_view bytes) const = 0;

  // The checksum in a part's request, which the completing request must repeat. Empty: none.
  [[nodiscard]] virtual std::string checksum_of(const http::Headers& /*request*/) const {
    return {};
  }

  // Whether the service can copy parts of the object with that key.
  [[nodiscard]] virtual bool copies_parts_of(std::string_view) const noexcept { return true; }

 private:
  const Dialect dialect_;
};

// An answer, parsed once.
struct Assessment {
  common::ServiceError error;                   // ok() for a good answer
  std::shared_ptr<const common::Xml> document;  // of a good answer to an operation that expects one
};
[[nodiscard]] Assessment assess(const Requests& requests, const http::Response& answer,
                                const char* expects);

// Attempts by the caller's thread. `call` is borrowed until the plan is destroyed.
[[nodiscard]] http::Plan plan(Requests& requests, Operation operation, const sdk::Call& call);

// Attempts by the engine's thread, which may outlive the call.
[[nodiscard]] http::Plan background_plan(Requests& requests, Operation operation,
                                         const sdk::Call& call);

}  // namespace berth::bucket
