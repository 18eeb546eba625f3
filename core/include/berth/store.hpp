// SPDX-License-Identifier: Apache-2.0
//
// Store: a filesystem-like key/value store behind a driver. Cheap to move; use it from many threads
// at once. Paths are absolute, separated by "/", without "." and ".."; a directory exists while
// something lies below it. Every call may throw berth::Error (errors.hpp) and takes CallOptions
// last.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <berth/export.hpp>
#include <berth/file_info.hpp>
#include <berth/store_place.hpp>

namespace berth {

namespace binding {
class OpenStore;
class OpenReader;
class OpenWriter;
}  // namespace binding

// The limits of a call. What they end may still take effect shortly after: a sent request is out.
struct CallOptions {
  // Covers all retries. None: the store's default, or none.
  std::optional<std::chrono::steady_clock::time_point> deadline;
  std::stop_token stop;  // request_stop() ends the call with CancelledError
  std::string trace_id;  // stands in the debug line of the call, and the driver gets it
};

struct PutOptions {
  bool create_only = false;  // AlreadyExistsError if an object is there
  std::string content_type;  // empty: application/octet-stream
};

// append and create_only together are an InvalidParametersError.
struct WriterOptions {
  bool append = false;       // continue an unfinished upload, or add to the committed object
  bool create_only = false;  // AlreadyExistsError at open or commit if an object is there
  std::string content_type;
  std::optional<std::uint64_t> size_hint;  // bytes that will be written
};

// Called for a stored name that no path can express: it has an empty component, a control character
// or bytes that are not UTF-8. The name is as the service has it, and borrowed while the call runs.
using UnnameableVisitor = std::function<void(std::string_view name)>;

struct ListOptions {
  // Without it such names are left out with a line in the log. A program that deletes what is
  // missing from a listing has to set it, in WalkOptions too.
  UnnameableVisitor unnameable = {};
};

struct WalkOptions {
  std::string start_after = {};  // only what comes after this path in walk order; empty: everything
  UnnameableVisitor unnameable = {};  // as in ListOptions
};

// One byte range of an object, for Store::read_ranges.
struct Range {
  std::uint64_t offset = 0;  // bytes
  std::uint64_t length = 0;  // bytes; may be 0
  void* into = nullptr;      // the caller's memory, `length` bytes
  std::uint64_t got = 0;     // set by read_ranges: bytes read; short only at the end of the object
};

struct RangesOptions {
  // Ranges at most this many bytes apart share a request. None: the driver's choice.
  std::optional<std::uint64_t> join_gap = {};
  // Bytes of a request that ranges share; one longer range is still one request. 0: the driver's
  // choice.
  std::uint64_t largest_request = 0;
  std::uint32_t parallel = 0;  // the most requests at once; 0: the driver's choice
  std::string if_match = {};   // PreconditionFailedError unless the object has this etag
  // Called as soon as ranges[index] is complete, in the calling thread; may be empty. What it
  // throws reaches the caller when no request is under way any more.
  std::function<void(std::size_t index)> done = {};
};

struct UrlOptions {
  std::string method = "GET";  // GET, HEAD, PUT
  std::chrono::milliseconds expires_in = std::chrono::minutes(20);
};

// The promises of the store; see BERTH_CAP_* in driver.h.
struct Capabilities {
  bool atomic_put = false;
  bool resume = false;
  bool atomic_move = false;
  bool url = false;
  bool create_only = false;
  bool list_ordered = false;
  bool empty_directories = false;
  bool live_uncommitted = false;
  std::uint64_t max_path_bytes = 0;
  std::uint64_t max_object_bytes = 0;    // 0: not known
  std::uint64_t preferred_io_bytes = 0;  // never 0
};

// An object open for reading; keeps its store alive. One thread at a time.
class BERTH_API Reader {
 public:
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;
  ~Reader();

  // Reads up to size bytes into buffer; 0 is the end. A short read is not the end.
  std::size_t read(void* buffer, std::size_t size, const CallOptions& = {});

  // Everything that is left.
  std::string read_all(const CallOptions& = {});

  // The object behind the reader, as far as opening it told; makes no request.
  std::optional<FileInfo> info() const;

 private:
  friend class Store;
  explicit Reader(std::unique_ptr<binding::OpenReader> open);
  std::unique_ptr<binding::OpenReader> open_;
};

// An object being written; keeps its store alive. One thread at a time. The object appears, whole,
// with commit(). Closed without it, what was written is kept for Store::writer(path, {.append =
// true}), also of another process; the destructor closes, and logs an error that nobody can catch
// any more. After a write that failed only cancel and close may follow, after a commit or cancel
// that failed only close: else WrongStateError.
class BERTH_API Writer {
 public:
  Writer(Writer&&) noexcept;
  Writer& operator=(Writer&&) noexcept;
  ~Writer();

  void write(std::string_view bytes, const CallOptions& = {});  // all of it, or throws
  std::uint64_t size() const;            // bytes so far, with those from before an append
  void commit(const CallOptions& = {});  // publish; durable when it returns
  void cancel(const CallOptions& = {});  // discard; a committed object stays as it was
  void close(const CallOptions& = {});   // a second close throws WrongStateError

 private:
  friend class Store;
  explicit Writer(std::unique_ptr<binding::OpenWriter> open);
  std::unique_ptr<binding::OpenWriter> open_;
};

// A path is absolute, "/a/b"; what is none is an InvalidPathError, as "/" is but for stat, list and
// walk. A store that was moved from may only be assigned to or destroyed. [any thread]
class BERTH_API Store {
 public:
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  Store(const Store&);  // another handle to the same store
  Store& operator=(const Store&);
  ~Store();

  const std::string& driver() const noexcept;  // "s3"
  const std::string& name() const noexcept;    // in the config; the driver's name without one
  Capabilities capabilities() const;

  // Where the objects are kept, to find out whether two stores share some. Makes no request; empty
  // where the driver does not say.
  StorePlace place() const;

  // The whole object. PathNotFoundError when missing or a directory.
  std::string get_content(std::string_view path, const CallOptions& = {});

  // Replaces the object whole: readers see the old or the new one. Makes parents.
  void put_content(std::string_view path, std::string_view bytes, const PutOptions& = {},
                   const CallOptions& = {});

  // Reads from offset (bytes). Negative: InvalidOffsetError; at or behind the end: an empty reader.
  // length limits what is delivered.
  Reader reader(std::string_view path, std::int64_t offset = 0,
                std::optional<std::uint64_t> length = std::nullopt, const CallOptions& = {});

  // Reads many byte ranges of one version of the object straight into the caller's memory, in as
  // few requests as the options allow. The ranges may overlap, come in any order, and be empty or
  // begin after the end of the object; the memory of two ranges must not overlap. Returns what the
  // service reported of the object; nullopt where it reported nothing or no bytes were asked for.
  // InvalidParametersError, before anything is sent: a range ends after byte 2^63 - 1, or its
  // memory is missing or shared with another range. PreconditionFailedError: the object was
  // replaced meanwhile, or is not the version of if_match. After an error the contents of the
  // memory are undefined.
  std::optional<FileInfo> read_ranges(std::string_view path, std::span<Range> ranges,
                                      const RangesOptions& = {}, const CallOptions& = {});

  Writer writer(std::string_view path, const WriterOptions& = {}, const CallOptions& = {});

  // File or directory at path, or PathNotFoundError. "/" is a directory, always.
  FileInfo stat(std::string_view path, const CallOptions& = {});

  // Full paths of the direct children, in no particular order, none twice. "/" never fails for
  // being empty; a missing directory or a file is a PathNotFoundError.
  std::vector<std::string> list(std::string_view path, const CallOptions& = {});

  // The same with what the service tells anyway. Where the store's calls are limited
  // (StoreOptions::parallel, the driver), the whole listing is in memory before the first visit.
  void list(std::string_view path, const Visitor& visit, const CallOptions& = {});
  void list(std::string_view path, const Visitor& visit, const ListOptions&,
            const CallOptions& = {});

  // Everything below path, in bytewise order of the full path where a directory sorts as its name
  // followed by "/" and is reported just before its content: the same on every driver. In
  // memory are at most the directories on the way to an entry. A missing path is a
  // PathNotFoundError. The store's default deadline does not count here, one in the options does.
  void walk(std::string_view path, const Visitor& visit, const WalkOptions& = {},
            const CallOptions& = {});

  // Renames one object, overwriting the destination. The source goes last. Onto itself it only
  // checks that the object is there. A directory is a PathNotFoundError, unless the driver
  // renames it whole.
  void move(std::string_view source, std::string_view destination, const CallOptions& = {});

  // The same, but the source stays; in the service where it can, without the bytes coming here.
  void copy(std::string_view source, std::string_view destination, const CallOptions& = {});

  // The object and everything below it; PathNotFoundError when there is neither.
  void remove(std::string_view path, const CallOptions& = {});

  // A URL that needs no further credentials; nullopt where the driver has none for that method.
  // InvalidParametersError unless expires_in is positive.
  std::optional<std::string> url_for(std::string_view path, const UrlOptions& = {},
                                     const CallOptions& = {});

  // For the library itself.
  explicit Store(std::shared_ptr<binding::OpenStore> open);

 private:
  std::shared_ptr<binding::OpenStore> open_;
};

}  // namespace berth
