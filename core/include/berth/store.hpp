// SPDX-License-Identifier: Apache-2.0
//
// Store: a filesystem-like key/value store. Cheap to move; any number of threads may use it at
// once. Paths are absolute, separated by "/", without "." and ".."; a directory exists while it
// contains something. Every call may throw berth::Error (errors.hpp) and takes CallOptions last.
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

// The limits of a call. A call that they end may still take effect shortly after: a request that
// was sent cannot be taken back.
struct CallOptions {
  // Includes all retries. Not set: the store's default, or no deadline.
  std::optional<std::chrono::steady_clock::time_point> deadline;
  std::stop_token stop;  // request_stop() ends the call with CancelledError
  std::string trace_id;  // appears in the debug log line of the call; passed to the driver
};

// An option that the store cannot honour throws UnsupportedMethodError, and nothing is done; see
// Capabilities. A condition is an etag as FileInfo has it; empty: no condition.

// if_match and if_none_match work on every store whose driver reports etags.
struct ReadOptions {
  std::int64_t offset = 0;                // bytes; negative: InvalidOffsetError
  std::optional<std::uint64_t> length{};  // bytes at most; none: to the end
  bool from_end = false;        // the offset counts back from the end: the last `offset` bytes
  std::string if_match = {};    // PreconditionFailedError unless the object has this etag
  std::string if_none_match{};  // NotModifiedError if the object has this etag
};

// create_only and if_match exclude each other: InvalidParametersError.
struct PutOptions {
  bool create_only = false;    // AlreadyExistsError if the object exists
  std::string if_match = {};   // PreconditionFailedError unless it replaces this version
  Attributes attributes = {};  // of the new object, which has no other
};

// append and create_only exclude each other, and so do create_only and if_match:
// InvalidParametersError.
struct WriterOptions {
  bool append = false;        // resume an unfinished upload, or append to the committed object
  bool create_only = false;   // AlreadyExistsError at open or commit if the object exists
  std::string if_match = {};  // PreconditionFailedError at open or commit unless it is this version
  Attributes attributes = {};                // with append and none: those that the object has
  std::optional<std::uint64_t> size_hint{};  // bytes that will be written
};

// Of move and copy.
struct CopyOptions {
  bool create_only = false;          // AlreadyExistsError if the destination exists
  std::string source_if_match = {};  // PreconditionFailedError unless the source is this version
  std::string if_match = {};         // ... unless the destination is this version
};

struct RemoveOptions {
  bool only_object = false;   // the object at the path, and nothing below it
  std::string if_match = {};  // PreconditionFailedError unless the object is this version; removes
                              // nothing below the path
};

// Called for a stored name that breaks the path grammar: it has an empty component, a control
// character or bytes that are not UTF-8. The name is as the service reports it; borrowed until the
// visitor returns.
using UnnameableVisitor = std::function<void(std::string_view name)>;

struct ListOptions {
  // If not set, such names are skipped with a line in the log. A program that deletes what is
  // missing from a listing must set it, in WalkOptions too.
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
  bool if_match = false;  // put_content and writer, atomically
  bool attributes = false;
  bool copy_create_only = false;
  bool copy_source_if_match = false;
  bool copy_if_match = false;
  bool remove_if_match = false;
  bool remove_only_object = false;
  std::uint64_t max_path_bytes = 0;
  std::uint64_t max_object_bytes = 0;    // 0: not known
  std::uint64_t preferred_io_bytes = 0;  // never 0
};

// An object open for reading. It keeps its store open. One thread at a time.
class BERTH_API Reader {
 public:
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;
  ~Reader();

  // Reads up to size bytes into buffer. Returns 0 at the end only; a short read is not the end.
  std::size_t read(void* buffer, std::size_t size, const CallOptions& = {});

  // The rest of the object.
  std::string read_all(const CallOptions& = {});

  // The metadata that opening the object reported, if any. Makes no request.
  std::optional<FileInfo> info() const;

 private:
  friend class Store;
  explicit Reader(std::unique_ptr<binding::OpenReader> open);
  std::unique_ptr<binding::OpenReader> open_;
};

// An object being written. It keeps its store open. One thread at a time. commit() publishes the
// whole object at once. close() without commit() keeps what was written, so that
// Store::writer(path, {.append = true}) can resume it, also in another process. The destructor
// closes, and logs a failure. After a failed write only cancel and close are allowed, after a
// failed commit or cancel only close; other calls throw WrongStateError.
class BERTH_API Writer {
 public:
  Writer(Writer&&) noexcept;
  Writer& operator=(Writer&&) noexcept;
  ~Writer();

  void write(std::string_view bytes, const CallOptions& = {});  // writes everything or throws
  std::uint64_t size() const;                // bytes so far, including those before an append
  FileInfo commit(const CallOptions& = {});  // publish; durable when it returns
  void cancel(const CallOptions& = {});      // discard; a committed object stays as it was
  void close(const CallOptions& = {});       // a second close throws WrongStateError

 private:
  friend class Store;
  explicit Writer(std::unique_ptr<binding::OpenWriter> open);
  std::unique_ptr<binding::OpenWriter> open_;
};

// A path is absolute: "/a/b". Any other path throws InvalidPathError. "/" is accepted by stat, list
// and walk only. A moved-from store may only be assigned to or destroyed. [any thread]
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

  // Identifies where the objects are kept, to find out whether two stores share objects. Makes no
  // request. Empty if the driver does not report it.
  StorePlace place() const;

  // The whole object, or the part that the options name. PathNotFoundError if it does not exist or
  // is a directory.
  std::string get_content(std::string_view path, const CallOptions& = {});
  std::string get_content(std::string_view path, const ReadOptions&, const CallOptions& = {});

  // Replaces the whole object: readers see the old or the new content. Creates parent directories.
  // Returns what is there now, as far as the answer of the service reports it: the size always, the
  // etag where the service has one. Makes no further request for it. The same holds for commit,
  // move and copy.
  FileInfo put_content(std::string_view path, std::string_view bytes, const PutOptions& = {},
                       const CallOptions& = {});

  // Reads from offset (bytes), at most length bytes. A negative offset throws InvalidOffsetError;
  // an offset at or after the end is an empty reader.
  Reader reader(std::string_view path, std::int64_t offset = 0,
                std::optional<std::uint64_t> length = std::nullopt, const CallOptions& = {});
  Reader reader(std::string_view path, const ReadOptions&, const CallOptions& = {});

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

  // The file or directory at path, or PathNotFoundError. "/" is always a directory.
  FileInfo stat(std::string_view path, const CallOptions& = {});

  // Full paths of the direct children, in no particular order, without duplicates. "/" may be
  // empty; PathNotFoundError for a missing directory or a file.
  std::vector<std::string> list(std::string_view path, const CallOptions& = {});

  // The same with the metadata that the service reports without another request. If the number of
  // calls is limited (StoreOptions::parallel, the driver), the whole listing is read into memory
  // before the first visit.
  void list(std::string_view path, const Visitor& visit, const CallOptions& = {});
  void list(std::string_view path, const Visitor& visit, const ListOptions&,
            const CallOptions& = {});

  // Everything below path, in bytewise order of the full path, where a directory sorts as its name
  // followed by "/" and is reported just before its contents. The order is the same on every
  // driver. Memory holds at most the directories that lead to the current entry. PathNotFoundError
  // if path does not exist. The store's default deadline does not apply; a deadline in the options
  // does.
  void walk(std::string_view path, const Visitor& visit, const WalkOptions& = {},
            const CallOptions& = {});

  // Renames one object and overwrites the destination. The source is removed last. A move onto
  // itself only checks that the object exists. A directory throws PathNotFoundError, unless the
  // driver can rename it as a whole.
  FileInfo move(std::string_view source, std::string_view destination, const CallOptions& = {});
  FileInfo move(std::string_view source, std::string_view destination, const CopyOptions&,
                const CallOptions& = {});

  // The same, but the source stays. The service copies the bytes itself if it can.
  FileInfo copy(std::string_view source, std::string_view destination, const CallOptions& = {});
  FileInfo copy(std::string_view source, std::string_view destination, const CopyOptions&,
                const CallOptions& = {});

  // Removes the object and everything below it. PathNotFoundError if there is neither.
  void remove(std::string_view path, const CallOptions& = {});
  void remove(std::string_view path, const RemoveOptions&, const CallOptions& = {});

  // A URL that works without credentials; nullopt if the driver does not support URLs for that
  // method. InvalidParametersError unless expires_in is positive.
  std::optional<std::string> url_for(std::string_view path, const UrlOptions& = {},
                                     const CallOptions& = {});

  // For the library itself.
  explicit Store(std::shared_ptr<binding::OpenStore> open);

 private:
  std::shared_ptr<binding::OpenStore> open_;
};

}  // namespace berth
