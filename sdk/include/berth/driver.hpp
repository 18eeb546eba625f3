// SPDX-License-Identifier: Apache-2.0
//
// The driver ABI for C++17: derive berth::sdk::Driver, return values, throw berth::sdk::Error, and
// register the class with one macro. Header-only; nothing to link against. Every exception of a
// driver becomes a status with a message before it reaches the host. driver.h has the contract of
// every operation; this file documents only what C++ adds.
//
//   class Memory final : public berth::sdk::Driver {
//    public:
//     static constexpr berth::sdk::Info info{"1.0.0", "Example Ltd", "Keeps objects in memory"};
//     static constexpr std::array parameters{
//         berth::sdk::Param::bytes("limit", "Most bytes to keep.").with_default("67108864")};
//     Memory(const berth::sdk::Parameters& parameters, const berth::sdk::Call& call);
//     void put(std::string_view path, ...) override;
//     ...
//   };
//   BERTH_DRIVER(memory, Memory);
#ifndef BERTH_DRIVER_HPP
#define BERTH_DRIVER_HPP

#include <berth/driver.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <exception>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

// Hidden even where the build forgot -fvisibility=hidden: two drivers in one process share nothing.
#pragma GCC visibility push(hidden)
namespace berth::sdk {

inline std::string_view view(berth_str text) noexcept {
  return text.size == 0 ? std::string_view() : std::string_view(text.data, text.size);
}
inline berth_str str(std::string_view text) noexcept {
  return {text.data(), text.size()};
}

// ---- Errors -------------------------------------------------------------------------------------

// A failure. The message is one sentence for the person who can fix it, without the driver's name
// (the host adds it) and without any secret. If it is empty, the host writes one.
class Error : public std::exception {
 public:
  explicit Error(berth_status status, std::string message = {})
      : status_(status), message_(std::move(message)) {}

  Error& code(std::string_view text) { return code_ = text, *this; }  // "NoSuchKey"
  Error& request_id(std::string_view text) { return request_id_ = text, *this; }
  Error& os_errno(int number) { return os_errno_ = number, *this; }
  Error& protocol_status(int number) { return protocol_status_ = number, *this; }
  Error& retryable(bool yes = true) { return retryable_ = yes, *this; }
  Error& retry_after(std::chrono::milliseconds time) { return retry_after_ = time, *this; }

  berth_status status() const noexcept { return status_; }
  const std::string& message() const noexcept { return message_; }
  const std::string& code() const noexcept { return code_; }
  const std::string& request_id() const noexcept { return request_id_; }
  int os_errno() const noexcept { return os_errno_; }
  int protocol_status() const noexcept { return protocol_status_; }
  bool retryable() const noexcept { return retryable_; }
  std::chrono::milliseconds retry_after() const noexcept { return retry_after_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  berth_status status_;
  int os_errno_ = 0;
  int protocol_status_ = 0;
  bool retryable_ = false;
  std::chrono::milliseconds retry_after_{0};
  std::string message_;
  std::string code_;
  std::string request_id_;
};

// The common errors. The host writes the message of path-not-found and invalid-path, with driver
// and path.
inline Error path_not_found() {
  return Error(BERTH_STATUS_PATH_NOT_FOUND);
}
inline Error unsupported(std::string message = {}) {
  return Error(BERTH_STATUS_UNSUPPORTED_METHOD, std::move(message));
}

// A failed system call. `what` says what was tried: "cannot open /srv/x"; the description of the
// errno is appended. ENOENT becomes PATH_NOT_FOUND, so use this only for calls on the object
// itself, not on folders or sockets of the driver.
inline Error from_errno(int number, const std::string& what) {
  berth_status status = BERTH_STATUS_IO;
  switch (number) {
    case ENOENT:
      status = BERTH_STATUS_PATH_NOT_FOUND;
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      status = BERTH_STATUS_PERMISSION_DENIED;
      break;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      status = BERTH_STATUS_NO_SPACE;
      break;
    case EEXIST:
      status = BERTH_STATUS_ALREADY_EXISTS;
      break;
    case ENAMETOOLONG:
      status = BERTH_STATUS_INVALID_PATH;
      break;
    default:
      break;
  }
  Error error(status, what + ": " + std::generic_category().message(number));
  return error.os_errno(number);
}

// ---- The call -----------------------------------------------------------------------------------

// The operation in flight. Valid until the function that received it returns.
class Call {
 public:
  explicit Call(const berth_call* raw) noexcept : raw_(raw) {}

  bool cancelled() const noexcept { return raw_->cancelled && raw_->cancelled(raw_) != 0; }
  int cancel_fd() const noexcept { return raw_->cancel_fd; }  // for poll(); -1: none
  std::string_view trace_id() const noexcept { return view(raw_->trace_id); }
  bool has_deadline() const noexcept { return raw_->deadline_ns != INT64_MAX; }

  // CLOCK_MONOTONIC, which is the clock of std::chrono::steady_clock on Linux.
  std::chrono::steady_clock::time_point deadline() const noexcept {
    return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(raw_->deadline_ns));
  }

  // Time left: zero after the deadline, nanoseconds::max() without a deadline.
  std::chrono::nanoseconds remaining() const noexcept {
    if (!has_deadline()) return std::chrono::nanoseconds::max();
    const auto left = deadline() - std::chrono::steady_clock::now();
    return left.count() > 0 ? left : std::chrono::nanoseconds::zero();
  }

  // Throws CANCELLED or DEADLINE_EXCEEDED if the call was cancelled or its deadline has passed.
  void check() const {
    if (cancelled()) throw Error(BERTH_STATUS_CANCELLED, "the call was cancelled");
    if (has_deadline() && remaining().count() == 0)
      throw Error(BERTH_STATUS_DEADLINE_EXCEEDED, "the deadline of the call passed");
  }

  const berth_call* raw() const noexcept { return raw_; }

 private:
  const berth_call* raw_;
};

// ---- Logging ------------------------------------------------------------------------------------

namespace detail {
inline std::atomic<const berth_host*> host{nullptr};
}

inline bool log_enabled(int32_t level) noexcept {
  const berth_host* host = detail::host.load(std::memory_order_acquire);
  return host && host->log_enabled(host, level) != 0;
}

// One line without a newline or a secret. Ignored before init and after shutdown. [any]
inline void log(int32_t level, std::string_view text) noexcept {
  const berth_host* host = detail::host.load(std::memory_order_acquire);
  if (host) host->log(host, level, str(text));
}

// ---- Parameters ---------------------------------------------------------------------------------

// One parameter row, declared in a `static constexpr std::array parameters{...}` of the driver.
struct Param : berth_param_spec {
  static constexpr Param string(const char* key, const char* help) {
    return make(key, BERTH_PARAM_STRING, help);
  }
  static constexpr Param boolean(const char* key, const char* help) {
    return make(key, BERTH_PARAM_BOOL, help);
  }
  static constexpr Param integer(const char* key, const char* help) {
    return make(key, BERTH_PARAM_INT, help);
  }
  static constexpr Param bytes(const char* key, const char* help) {
    return make(key, BERTH_PARAM_BYTES, help);
  }
  static constexpr Param millis(const char* key, const char* help) {
    return make(key, BERTH_PARAM_MILLIS, help);
  }

  constexpr Param required() const { return with_flag(BERTH_PARAM_REQUIRED); }
  constexpr Param secret() const { return with_flag(BERTH_PARAM_SECRET); }
  constexpr Param deprecated() const { return with_flag(BERTH_PARAM_DEPRECATED); }
  constexpr Param path() const { return with_flag(BERTH_PARAM_PATH); }  // a local file or folder
  constexpr Param with_default(const char* value) const {
    Param p = *this;
    p.default_value = value;
    return p;
  }
  constexpr Param one_of(const char* alternatives) const {  // "a|b|c"
    Param p = *this;
    p.choices = alternatives;
    return p;
  }
  constexpr Param range(int64_t lowest, int64_t highest) const {
    Param p = *this;
    p.minimum = lowest;
    p.maximum = highest;
    return p;
  }
  constexpr Param clamped() const { return with_flag(BERTH_PARAM_CLAMP); }  // to the minimum

 private:
  static constexpr Param make(const char* key, uint32_t type, const char* help) {
    return Param{{key, type, 0, nullptr, help, nullptr, 0, 0}};
  }
  constexpr Param with_flag(uint32_t flag) const {
    Param p = *this;
    p.flags |= flag;
    return p;
  }
};

// The checked parameters of one store. Valid while the driver's constructor runs.
class Parameters {
 public:
  explicit Parameters(const berth_params* raw) noexcept : raw_(raw) {}

  std::optional<std::string_view> find(std::string_view key) const noexcept {
    for (uint32_t i = 0; i < raw_->count; ++i)
      if (view(raw_->items[i].key) == key) return view(raw_->items[i].value);
    return std::nullopt;
  }
  bool has(std::string_view key) const noexcept { return find(key).has_value(); }

  // Without a value and a default: empty, false, 0.
  std::string string(std::string_view key) const { return std::string(find(key).value_or("")); }
  bool boolean(std::string_view key) const noexcept { return find(key).value_or("") == "true"; }
  int64_t integer(std::string_view key) const {
    const auto value = find(key);
    return value ? std::stoll(std::string(*value)) : 0;
  }
  uint64_t bytes(std::string_view key) const { return static_cast<uint64_t>(integer(key)); }
  std::chrono::milliseconds millis(std::string_view key) const {
    return std::chrono::milliseconds(integer(key));
  }
  std::string_view json() const noexcept { return view(raw_->json); }  // as the caller wrote it

 private:
  const berth_params* raw_;
};

// ---- Values and options -------------------------------------------------------------------------

// One attribute of an object; see berth_attribute in driver.h.
struct Attribute {
  std::string name;  // lower case
  std::string value;
};

// The result of stat, of a write, and the metadata that a reader may know.
struct Stat {
  bool directory = false;
  uint64_t size = 0;                       // bytes
  std::optional<int64_t> mtime_ns;         // since the epoch, UTC
  std::string etag;                        // empty: none
  std::string version = {};                // empty: none
  std::vector<Attribute> attributes = {};  // of a file
};

// One child or descendant, reported by list and walk.
struct Entry {
  std::string_view path;  // the full driver path
  bool directory = false;
  std::optional<uint64_t> size;
  std::optional<int64_t> mtime_ns;
  std::string_view etag;
};

enum class Visit : int32_t {
  carry_on = BERTH_VISIT_CONTINUE,
  stop = BERTH_VISIT_STOP,                     // return without an error
  skip_directory = BERTH_VISIT_SKIP_DIRECTORY  // walk only
};

// Receives the entries of list and walk. Hold no lock while calling it.
class Sink {
 public:
  Sink(berth_entry_fn emit, void* sink) noexcept : emit_(emit), sink_(sink) {}

  Visit operator()(const Entry& entry) const noexcept {
    berth_entry raw{};
    raw.struct_size = sizeof raw;
    raw.path = str(entry.path);
    raw.etag = str(entry.etag);
    if (entry.directory) raw.flags |= BERTH_ENTRY_DIRECTORY;
    if (entry.size) raw.flags |= BERTH_ENTRY_HAS_SIZE, raw.size = *entry.size;
    if (entry.mtime_ns) raw.flags |= BERTH_ENTRY_HAS_MTIME, raw.mtime_ns = *entry.mtime_ns;
    if (!entry.etag.empty()) raw.flags |= BERTH_ENTRY_HAS_ETAG;
    switch (emit_(sink_, &raw)) {
      case BERTH_VISIT_CONTINUE:
        return Visit::carry_on;
      case BERTH_VISIT_SKIP_DIRECTORY:
        return Visit::skip_directory;
      default:
        return Visit::stop;
    }
  }

 private:
  berth_entry_fn emit_;
  void* sink_;
};

// Receives what is known of one object: the result of stat, reader_info, or a write.
class StatSink {
 public:
  StatSink() = default;
  StatSink(berth_entry_fn emit, void* sink) noexcept : emit_(emit), sink_(sink) {}

  void operator()(std::string_view path, const Stat& stat) const {
    if (emit_ == nullptr) return;
    std::vector<berth_attribute> attributes;
    attributes.reserve(stat.attributes.size());
    for (const Attribute& each : stat.attributes)
      attributes.push_back({str(each.name), str(each.value)});
    berth_entry raw{};
    raw.struct_size = sizeof raw;
    raw.path = str(path);
    raw.etag = str(stat.etag);
    raw.version = str(stat.version);
    raw.attributes = attributes.data();
    raw.attribute_count = attributes.size();
    raw.flags = stat.directory ? BERTH_ENTRY_DIRECTORY : BERTH_ENTRY_HAS_SIZE;
    raw.size = stat.size;
    if (stat.mtime_ns) raw.flags |= BERTH_ENTRY_HAS_MTIME, raw.mtime_ns = *stat.mtime_ns;
    if (!stat.etag.empty()) raw.flags |= BERTH_ENTRY_HAS_ETAG;
    emit_(sink_, &raw);
  }

 private:
  berth_entry_fn emit_ = nullptr;
  void* sink_ = nullptr;
};

// Call it at most once, after success, with what is at the path now; see `stored` in driver.h.
class Stored {
 public:
  Stored() = default;
  explicit Stored(StatSink sink) noexcept : sink_(sink) {}
  void operator()(const Stat& stat) const { sink_({}, stat); }

 private:
  StatSink sink_;
};

// What read_ranges is asked for, and where it reports to, in the thread that called it. Hold no
// lock while reporting.
class RangeRead {
 public:
  RangeRead(berth_range* ranges, size_t count, const berth_ranges_options* options,
            berth_range_fn done, berth_entry_fn emit, void* sink) noexcept
      : ranges_(ranges), count_(count), options_(options), done_(done), emit_(emit), sink_(sink) {}

  berth_range* ranges() const noexcept { return ranges_; }
  size_t count() const noexcept { return count_; }
  std::string_view if_match() const noexcept { return view(options_->if_match); }

  // The caller's choice, or yours.
  uint64_t join_gap(uint64_t yours) const noexcept {
    return options_->join_gap == UINT64_MAX ? yours : options_->join_gap;
  }
  uint64_t largest_request(uint64_t yours) const noexcept {
    return options_->largest_request == 0 ? yours : options_->largest_request;
  }
  uint32_t parallel(uint32_t yours) const noexcept {
    return options_->parallel == 0 ? yours : options_->parallel;
  }

  void done(size_t index) const noexcept { done_(sink_, index); }  // ranges()[index] is complete
  void object(const Stat& stat) const { StatSink(emit_, sink_)({}, stat); }  // at most once

 private:
  berth_range* ranges_;
  size_t count_;
  const berth_ranges_options* options_;
  berth_range_fn done_;
  berth_entry_fn emit_;
  void* sink_;
};

// The growing buffer of the host. Bytes appended here reach the caller without another copy.
class Buffer {
 public:
  explicit Buffer(berth_buffer* raw) noexcept : raw_(raw) {}

  // Where to write the next n bytes; valid until the next extend(). Throws NO_SPACE.
  char* extend(size_t n) const {
    void* place = raw_->extend(raw_, n);
    if (!place)
      throw Error(BERTH_STATUS_NO_SPACE, "the object is too large for the caller's memory");
    return static_cast<char*>(place);
  }
  void append(std::string_view bytes) const {
    if (!bytes.empty()) std::memcpy(extend(bytes.size()), bytes.data(), bytes.size());
  }

 private:
  berth_buffer* raw_;
};

struct ReadOptions {
  uint64_t offset = 0;
  uint64_t length = std::numeric_limits<uint64_t>::max();  // max: to the end
  bool from_end = false;                                   // offset counts back from the end
  std::string_view if_match;                               // empty: no condition
  std::string_view if_none_match;                          // empty: no condition
};

// The attributes of write options. Valid as long as the options that they came with.
class AttributeView {
 public:
  AttributeView() = default;
  AttributeView(const berth_attribute* first, size_t count) noexcept
      : first_(first), count_(count) {}

  size_t size() const noexcept { return count_; }
  bool empty() const noexcept { return count_ == 0; }
  const berth_attribute* begin() const noexcept { return first_; }
  const berth_attribute* end() const noexcept { return first_ + count_; }

  // The value of that name; empty if there is none.
  std::string_view operator[](std::string_view name) const noexcept {
    for (const berth_attribute& each : *this)
      if (view(each.name) == name) return view(each.value);
    return {};
  }
  std::vector<Attribute> copy() const {
    std::vector<Attribute> result;
    result.reserve(count_);
    for (const berth_attribute& each : *this)
      result.push_back({std::string(view(each.name)), std::string(view(each.value))});
    return result;
  }

 private:
  const berth_attribute* first_ = nullptr;
  size_t count_ = 0;
};

struct WriteOptions {
  bool append = false;
  bool create_only = false;
  std::optional<uint64_t> size_hint;  // bytes that will be written
  std::string_view if_match;          // empty: no condition
  AttributeView attributes;
  Stored stored;  // of put
};
struct CommitOptions {
  Stored stored;
};
struct CopyOptions {  // of move and copy
  bool create_only = false;
  std::string_view source_if_match;  // empty: no condition
  std::string_view if_match;         // of the destination; empty: no condition
  Stored stored;
};
struct RemoveOptions {
  bool only_object = false;   // the object at the path, nothing below it
  std::string_view if_match;  // empty: no condition; otherwise nothing below the path is removed
};
struct ListOptions {
  std::string_view start_after;  // empty: from the beginning
};
struct UrlOptions {
  std::string_view method;
  std::chrono::milliseconds expires_in;
};

struct Capabilities {
  uint64_t flags = 0;               // BERTH_CAP_*
  uint32_t max_parallel_calls = 0;  // 0: no limit
  uint64_t max_path_bytes = 0;      // 0: the model's 1024
  uint64_t max_object_bytes = 0;    // 0: not known
  uint64_t preferred_io_bytes = 0;  // 0: no opinion
};

// ---- What a driver derives ----------------------------------------------------------------------

// One open object. The destructor closes it. One call at a time, any thread. See reader_* in
// driver.h.
class Reader {
 public:
  virtual ~Reader() = default;
  virtual size_t read(char* buffer, size_t capacity, const Call& call) = 0;  // 0: the end
  virtual std::optional<Stat> info() const { return std::nullopt; }          // no request
};

// One object being written. The host calls commit or cancel at most once, and nothing after it,
// even if it threw; otherwise it calls keep. After a write that threw, keep saves the bytes of the
// earlier writes only. The destructor only frees. One call at a time, any thread. See writer_* in
// driver.h.
class Writer {
 public:
  virtual ~Writer() = default;
  virtual void write(std::string_view bytes, const Call& call) = 0;  // writes everything or throws
  virtual uint64_t size() const noexcept = 0;
  virtual void commit(const CommitOptions& options, const Call& call) = 0;
  virtual void cancel(const Call& call) = 0;
  virtual void keep(const Call& call) = 0;  // saves the bytes for a later append
};

// One configured store. An option reaches a function only if capabilities() contains the flag for
// it (driver.h lists them); otherwise the call fails with UNSUPPORTED_METHOD. Any number of threads
// may call it and its streams at once, unless Info declares SERIAL_STORE or SERIAL_DRIVER: then the
// host makes one call at a time. Derived classes also declare
//   static constexpr Info info{...};
//   static constexpr std::array parameters{Param...};    or  std::array<Param, 0> parameters{};
//   Class(const Parameters&, const Call&);
// and may declare `static void init()` and `static void shutdown()`, run once per process.
// Overrides of the optional operations must be public: the table contains those that exist.
class Driver {
 public:
  Driver() = default;
  virtual ~Driver() = default;
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  virtual Capabilities capabilities() const noexcept = 0;
  virtual void put(std::string_view path, std::string_view bytes, const WriteOptions& options,
                   const Call& call) = 0;
  virtual Stat stat(std::string_view path, const Call& call) = 0;
  virtual void list(std::string_view path, const ListOptions& options, const Sink& sink,
                    const Call& call) = 0;
  virtual void move(std::string_view source, std::string_view destination,
                    const CopyOptions& options, const Call& call) = 0;
  virtual void remove(std::string_view path, const RemoveOptions& options, const Call& call) = 0;
  virtual std::unique_ptr<Reader> reader(std::string_view path, const ReadOptions& options,
                                         const Call& call) = 0;
  virtual std::unique_ptr<Writer> writer(std::string_view path, const WriteOptions& options,
                                         const Call& call) = 0;

  // Optional. get is called for the whole object without a condition; other reads use reader.
  virtual void get(std::string_view /*path*/, const Buffer& /*into*/, const Call& /*call*/) {
    throw unsupported();
  }
  virtual void read_ranges(std::string_view /*path*/, const RangeRead& /*read*/,
                           const Call& /*call*/) {
    throw unsupported();
  }
  virtual void walk(std::string_view /*path*/, const ListOptions& /*options*/, const Sink& /*sink*/,
                    const Call& /*call*/) {
    throw unsupported();
  }
  virtual void copy(std::string_view /*source*/, std::string_view /*destination*/,
                    const CopyOptions& /*options*/, const Call& /*call*/) {
    throw unsupported();
  }
  virtual std::string url_for(std::string_view /*path*/, const UrlOptions& /*options*/,
                              const Call& /*call*/) {
    throw unsupported();
  }
  virtual std::string place() const { return {}; }  // lines; see place in driver.h and PlaceLines
};

// The lines that Driver::place returns: PlaceLines("s3://host/bucket").inside("2026").text().
class PlaceLines {
 public:
  explicit PlaceLines(std::string identity) : identity_(std::move(identity)) { add({}); }

  // The container called `name` inside the last one; its identity is that of the last one, a slash
  // and the name.
  PlaceLines& inside(std::string_view name) {
    identity_.append("/").append(name);
    add(name);
    return *this;
  }
  // The same with an identity of its own.
  PlaceLines& inside(std::string_view name, std::string identity) {
    identity_ = std::move(identity);
    add(name);
    return *this;
  }
  const std::string& text() const noexcept { return text_; }

 private:
  void add(std::string_view name) {
    text_.append(identity_).append("\t").append(name).append("\n");
  }

  std::string identity_;
  std::string text_;
};

struct Info {
  const char* version;
  const char* vendor;
  const char* summary;
  uint16_t thread_model = BERTH_THREADS_PARALLEL;
};

}  // namespace berth::sdk
#pragma GCC visibility pop

#include <berth/detail/driver_table.hpp>

// Registers class D as the driver `ident`. At file scope, outside any namespace, once per driver.
#define BERTH_DRIVER(ident, D) \
  BERTH_REGISTER_DRIVER(ident) = ::berth::sdk::detail::describe<D>(#ident)

#endif  // BERTH_DRIVER_HPP
