// SPDX-License-Identifier: Apache-2.0
//
// What a test needs to call a driver class directly, without a host: a berth_call, parameters with
// the driver's own defaults, collected entries, and short forms of the operations.
//
//   const auto store = open_driver<Memory>({{"limit", "64"}});
//   put(*store, "/a", "x");
//   CHECK(status_of([&] { get(*store, "/b"); }) == BERTH_STATUS_PATH_NOT_FOUND);
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <berth/driver.hpp>

namespace berth::test {

// A berth_call that a test can end: by a deadline, by cancel(), or when the driver has checked it
// for cancellation n times.
class FakeCall {
 public:
  FakeCall() {
    raw_.struct_size = sizeof raw_;
    raw_.deadline_ns = INT64_MAX;
    raw_.cancel_fd = -1;
    raw_.host_data = this;
    raw_.cancelled = [](const berth_call* call) noexcept -> int32_t {
      return static_cast<FakeCall*>(call->host_data)->check_cancelled();
    };
  }
  FakeCall(const FakeCall&) = delete;
  FakeCall& operator=(const FakeCall&) = delete;

  FakeCall& expire_at(std::chrono::steady_clock::time_point time) {
    raw_.deadline_ns = time.time_since_epoch().count();
    return *this;
  }
  FakeCall& cancel() { return cancel_after(0); }
  FakeCall& cancel_after(int64_t checks) { return checks_left_ = checks, *this; }

  sdk::Call call() const noexcept { return sdk::Call(&raw_); }
  operator sdk::Call() const noexcept { return call(); }  // NOLINT: implicit by design

 private:
  int32_t check_cancelled() noexcept {
    if (checks_left_ < 0) return 0;
    if (checks_left_ == 0) return 1;
    --checks_left_;
    return 0;
  }

  berth_call raw_{};
  int64_t checks_left_ = -1;  // negative: never cancelled
};

// Parameters as the host passes them: sorted, with the defaults of the driver's parameter table.
class FakeParameters {
 public:
  template <class Rows>
  FakeParameters(const Rows& rows, const std::map<std::string, std::string>& given)
      : values_(given) {
    for (const auto& row : rows)
      if (row.default_value) values_.emplace(row.key, row.default_value);
    for (const auto& [key, value] : values_) items_.push_back({sdk::str(key), sdk::str(value)});
    raw_.struct_size = sizeof raw_;
    raw_.count = static_cast<uint32_t>(items_.size());
    raw_.items = items_.data();
  }
  FakeParameters(const FakeParameters&) = delete;
  FakeParameters& operator=(const FakeParameters&) = delete;

  sdk::Parameters parameters() const noexcept { return sdk::Parameters(&raw_); }

 private:
  std::map<std::string, std::string> values_;
  std::vector<berth_param> items_;
  berth_params raw_{};
};

template <class D>
std::unique_ptr<D> open_driver(const std::map<std::string, std::string>& given = {}) {
  const FakeParameters parameters(D::parameters, given);
  return std::make_unique<D>(parameters.parameters(), FakeCall());
}

// The host's buffer: what get() fills.
class GrowingBuffer {
 public:
  GrowingBuffer() {
    raw_.struct_size = sizeof raw_;
    raw_.host_data = this;
    raw_.extend = [](berth_buffer* buffer, size_t n) noexcept -> void* {
      std::string& bytes = static_cast<GrowingBuffer*>(buffer->host_data)->bytes_;
      bytes.resize(bytes.size() + n);
      return bytes.data() + bytes.size() - n;
    };
  }
  GrowingBuffer(const GrowingBuffer&) = delete;
  GrowingBuffer& operator=(const GrowingBuffer&) = delete;

  sdk::Buffer buffer() noexcept { return sdk::Buffer(&raw_); }
  std::string take() { return std::exchange(bytes_, {}); }

 private:
  std::string bytes_;
  berth_buffer raw_{};
};

// An entry that outlives the callback.
struct SeenEntry {
  std::string path;
  bool directory = false;
  bool has_size = false;
  bool has_mtime = false;
  uint64_t size = 0;
  int64_t mtime_ns = 0;
};

// Collects the entries that list and walk report; answer(path) is the return value of the sink.
class Entries {
 public:
  using Answer = int32_t (*)(std::string_view path);

  explicit Entries(Answer answer = nullptr) : answer_(answer) {}
  Entries(const Entries&) = delete;
  Entries& operator=(const Entries&) = delete;

  sdk::Sink sink() noexcept { return sdk::Sink(&Entries::add, this); }
  const std::vector<SeenEntry>& all() const noexcept { return seen_; }

  // Directories end in "/", so that one comparison checks both order and kind.
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const SeenEntry& entry : seen_) names.push_back(entry.path + (entry.directory ? "/" : ""));
    return names;
  }

 private:
  static int32_t add(void* sink, const berth_entry* entry) noexcept {
    auto& self = *static_cast<Entries*>(sink);
    self.seen_.push_back(
        {std::string(sdk::view(entry->path)), (entry->flags & BERTH_ENTRY_DIRECTORY) != 0,
         (entry->flags & BERTH_ENTRY_HAS_SIZE) != 0, (entry->flags & BERTH_ENTRY_HAS_MTIME) != 0,
         entry->size, entry->mtime_ns});
    return self.answer_ ? self.answer_(sdk::view(entry->path)) : BERTH_VISIT_CONTINUE;
  }

  std::vector<SeenEntry> seen_;
  Answer answer_;
};

// Attributes for options: FakeAttributes a{{"content-type", "text/x"}}; options.attributes = a;
class FakeAttributes {
 public:
  FakeAttributes(std::initializer_list<std::pair<const std::string, std::string>> pairs)
      : pairs_(pairs) {
    for (const auto& [name, value] : pairs_) rows_.push_back({sdk::str(name), sdk::str(value)});
  }
  FakeAttributes(const FakeAttributes&) = delete;
  FakeAttributes& operator=(const FakeAttributes&) = delete;

  operator sdk::AttributeView() const noexcept {  // NOLINT: implicit by design
    return {rows_.data(), rows_.size()};
  }

 private:
  std::map<std::string, std::string> pairs_;
  std::vector<berth_attribute> rows_;
};

// ---- Short forms of the operations

inline std::string get(sdk::Driver& driver, std::string_view path) {
  GrowingBuffer buffer;
  driver.get(path, buffer.buffer(), FakeCall());
  return buffer.take();
}

inline void put(sdk::Driver& driver, std::string_view path, std::string_view bytes,
                const sdk::WriteOptions& options = {}) {
  driver.put(path, bytes, options, FakeCall());
}

inline sdk::Stat stat(sdk::Driver& driver, std::string_view path) {
  return driver.stat(path, FakeCall());
}

inline void move(sdk::Driver& driver, std::string_view source, std::string_view destination) {
  driver.move(source, destination, {}, FakeCall());
}

inline void remove(sdk::Driver& driver, std::string_view path) {
  driver.remove(path, {}, FakeCall());
}

inline std::vector<std::string> list(sdk::Driver& driver, std::string_view path,
                                     std::string_view start_after = {}) {
  Entries entries;
  driver.list(path, {start_after}, entries.sink(), FakeCall());
  return entries.names();
}

inline std::vector<std::string> walk(sdk::Driver& driver, std::string_view path,
                                     std::string_view start_after = {},
                                     Entries::Answer answer = nullptr) {
  Entries entries(answer);
  driver.walk(path, {start_after}, entries.sink(), FakeCall());
  return entries.names();
}

inline std::unique_ptr<sdk::Writer> writer(sdk::Driver& driver, std::string_view path,
                                           const sdk::WriteOptions& options = {}) {
  return driver.writer(path, options, FakeCall());
}

inline std::unique_ptr<sdk::Writer> appender(sdk::Driver& driver, std::string_view path) {
  sdk::WriteOptions options;
  options.append = true;
  return driver.writer(path, options, FakeCall());
}

inline void write(sdk::Writer& writer, std::string_view bytes) {
  writer.write(bytes, FakeCall());
}
inline void commit(sdk::Writer& writer) {
  writer.commit({}, FakeCall());
}
inline void cancel(sdk::Writer& writer) {
  writer.cancel(FakeCall());
}
inline void keep(sdk::Writer& writer) {
  writer.keep(FakeCall());
}

inline std::string read_all(sdk::Reader& reader, size_t step = 65536) {
  std::string bytes, buffer(step, '\0');
  while (const size_t got = reader.read(buffer.data(), buffer.size(), FakeCall()))
    bytes.append(buffer, 0, got);
  return bytes;
}

inline std::string read(sdk::Driver& driver, std::string_view path,
                        const sdk::ReadOptions& options = {}) {
  return read_all(*driver.reader(path, options, FakeCall()));
}

// The status of what `body` throws, BERTH_STATUS_OK when it returns.
template <class Body>
berth_status status_of(Body&& body) {
  try {
    body();
    return BERTH_STATUS_OK;
  } catch (const sdk::Error& error) {
    return error.status();
  }
}

// The message of what `body` throws, empty when it returns.
template <class Body>
std::string message_of(Body&& body) {
  try {
    body();
    return {};
  } catch (const sdk::Error& error) {
    return error.message();
  }
}

}  // namespace berth::test
