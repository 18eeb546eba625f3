// SPDX-License-Identifier: Apache-2.0
//
// What Berth throws: a base class, Error, with a subclass for each kind of failure that callers
// need to distinguish. Every error has its driver, path and operation; those of a service also its
// code and request id.
//
//   try { store.get_content("/a"); }
//   catch (const berth::PathNotFoundError&) { ... }          // only a true "does not exist"
//   catch (const berth::Error& e) { if (e.retryable()) ... } // anything else
#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

#include <berth/export.hpp>

namespace berth {

// The fields of an error. Unknown fields are empty or 0.
struct ErrorDetail {
  std::string driver;        // name of the driver: "s3"
  std::string store;         // name of the store in the config
  std::string path;          // path in the store, as the caller gave it
  std::string operation;     // "get", "put", "stat", ... as in driver.h
  std::string message;       // the driver's sentence
  std::string service_code;  // the service's own code: "NoSuchKey"
  std::string request_id;    // the service's id of the request, for its support
  int os_errno = 0;
  int protocol_status = 0;  // HTTP status, rados code
  bool retryable = false;   // the same call may succeed later
  std::chrono::milliseconds retry_after{0};
  std::int64_t offset = 0;  // of an invalid offset
};

// The base class. what() is "<driver>: " and one line unless a subclass says otherwise. It never
// contains a secret.
class BERTH_API Error : public std::runtime_error {
 public:
  explicit Error(ErrorDetail detail);

  const std::string& driver() const noexcept { return detail_.driver; }
  const std::string& store() const noexcept { return detail_.store; }
  const std::string& path() const noexcept { return detail_.path; }
  const std::string& operation() const noexcept { return detail_.operation; }
  const std::string& service_code() const noexcept { return detail_.service_code; }
  const std::string& request_id() const noexcept { return detail_.request_id; }
  int os_errno() const noexcept { return detail_.os_errno; }
  int protocol_status() const noexcept { return detail_.protocol_status; }
  bool retryable() const noexcept { return detail_.retryable; }
  std::chrono::milliseconds retry_after() const noexcept { return detail_.retry_after; }
  const ErrorDetail& detail() const noexcept { return detail_; }

 protected:
  Error(const std::string& text, ErrorDetail&& detail);

 private:
  ErrorDetail detail_;
};

// "<driver>: Path not found: <path>"
class BERTH_API PathNotFoundError final : public Error {
 public:
  explicit PathNotFoundError(ErrorDetail detail);
};

// "<driver>: invalid path: <path>", with the reason where there is one
class BERTH_API InvalidPathError final : public Error {
 public:
  explicit InvalidPathError(ErrorDetail detail);
};

// "<driver>: invalid offset: <n> for path: <path>"
class BERTH_API InvalidOffsetError final : public Error {
 public:
  explicit InvalidOffsetError(ErrorDetail detail);
  std::int64_t offset() const noexcept { return detail().offset; }
};

// "<driver>: unsupported method", with the operation where it is known
class BERTH_API UnsupportedMethodError final : public Error {
 public:
  explicit UnsupportedMethodError(ErrorDetail detail);
};

// No such driver: "StorageDriver not registered: <name>", then what was searched, why each
// candidate was refused, and the nearest known name.
class BERTH_API InvalidStorageDriverError final : public Error {
 public:
  InvalidStorageDriverError(const std::string& name, const std::string& explanation);
  const std::string& name() const noexcept { return detail().driver; }
};

// The config file or the parameters of a store are invalid. The message lists every problem, one
// per line.
class BERTH_API InvalidParametersError final : public Error {
 public:
  explicit InvalidParametersError(ErrorDetail detail);
};

// The others: "<driver>: <sentence>". driver.h says when each is used.
#define BERTH_ERROR_SUBCLASS(Name)                                  \
  class BERTH_API Name final : public Error {                       \
   public:                                                          \
    explicit Name(ErrorDetail detail) : Error(std::move(detail)) {} \
  }
BERTH_ERROR_SUBCLASS(AlreadyExistsError);       // put-if-absent found an object
BERTH_ERROR_SUBCLASS(PreconditionFailedError);  // the object changed meanwhile
BERTH_ERROR_SUBCLASS(UnauthenticatedError);     // no or wrong credentials
BERTH_ERROR_SUBCLASS(PermissionDeniedError);    // good credentials without the right
BERTH_ERROR_SUBCLASS(RateLimitedError);         // the service asks to slow down
BERTH_ERROR_SUBCLASS(UnavailableError);  // the service or the network does not answer properly
BERTH_ERROR_SUBCLASS(DeadlineExceededError);
BERTH_ERROR_SUBCLASS(CancelledError);
BERTH_ERROR_SUBCLASS(NoSpaceError);
BERTH_ERROR_SUBCLASS(CorruptError);      // bytes are not what they should be
BERTH_ERROR_SUBCLASS(IoError);           // the operating system failed: os_errno()
BERTH_ERROR_SUBCLASS(WrongStateError);   // such as write after commit
BERTH_ERROR_SUBCLASS(InternalError);     // a bug in a driver
BERTH_ERROR_SUBCLASS(NotModifiedError);  // the object has the etag of if_none_match
BERTH_ERROR_SUBCLASS(ConflictError);     // another client is changing the object: try again
#undef BERTH_ERROR_SUBCLASS

}  // namespace berth
