// SPDX-License-Identifier: Apache-2.0
//
// Metadata of a file or directory. FileInfo owns its strings; Entry borrows them until the visitor
// returns.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace berth {

using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;  // UTC

// The attributes of an object by name, in lower case. The names content-type, cache-control,
// content-encoding, content-disposition and content-language are the HTTP headers; every other name
// is user metadata. As options, names are tokens of RFC 9110, at most 128 bytes, and do not begin
// with "berth-"; values are UTF-8 without control characters, and those of the five headers are
// ASCII; names and values together have at most 8 KiB. InvalidParametersError otherwise, before
// anything is sent.
using Attributes = std::map<std::string, std::string, std::less<>>;

// What stat reports of a file has a time; directories of object stores have none. What a write
// reports has the members that the answer of the service contained.
struct FileInfo {
  std::string path;  // exactly as the caller gave it
  bool is_directory = false;
  std::uint64_t size = 0;  // bytes; 0 for a directory
  std::optional<Time> modified;
  std::string etag;       // opaque identity of the content; may be empty
  std::string version;    // the service's name of this version; may be empty
  Attributes attributes;  // of stat and Reader::info, if Capabilities::attributes; otherwise empty
};

struct Entry {
  std::string_view
      path;  // full path in the store, no trailing slash; borrowed until the visitor returns
  bool is_directory = false;
  std::optional<std::uint64_t>
      size;  // bytes; walk always reports it for files, list if the service does
  std::optional<Time> modified;
  std::string_view etag;
};

enum class Visit {
  carry_on,
  stop,            // end list or walk without an error
  skip_directory,  // walk: do not enter the directory just reported; no effect on a file
};

// Called for one entry after the other, on the caller's thread. May call into the same store. What
// it throws ends the operation and reaches the caller of list or walk.
using Visitor = std::function<Visit(const Entry&)>;

}  // namespace berth
