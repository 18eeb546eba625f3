// SPDX-License-Identifier: Apache-2.0
//
// Metadata of a file or directory. FileInfo owns its strings; Entry borrows them until the visitor
// returns.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace berth {

using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;  // UTC

struct FileInfo {
  std::string path;  // exactly as the caller gave it
  bool is_directory = false;
  std::uint64_t size = 0;        // bytes; 0 for a directory
  std::optional<Time> modified;  // files always have one; directories of object stores have none
  std::string etag;              // opaque identity of the content; may be empty
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
