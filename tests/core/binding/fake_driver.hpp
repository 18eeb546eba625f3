// SPDX-License-Identifier: Apache-2.0
//
// A driver of this process whose every answer a test may script. Without a script it is a small
// store of objects in memory that behaves.
//
//   FakeDriver fake;
//   fake.script.stat = [](const Request& r) { return r.fail(BERTH_STATUS_UNAVAILABLE, "later"); };
//   Store store = fake.create();
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <berth/driver.h>
#include <berth/factory.hpp>

namespace berth::test {

// What a scripted operation gets. Members that the operation does not have are null.
struct Request {
  std::string path = {}, second = {};
  const berth_call* call = nullptr;
  berth_entry_fn emit = nullptr;
  void* sink = nullptr;
  berth_buffer* into = nullptr;
  void* buffer = nullptr;
  std::size_t capacity = 0;
  std::size_t* got = nullptr;
  std::string data = {};
  const char* raw_path = nullptr;  // as handed over, to look for its NUL
  berth_error* error = nullptr;

  berth_status fail(berth_status status, std::string_view message) const;
  std::int32_t report(std::string_view entry, std::uint32_t flags, std::uint64_t size = 0) const;
  std::int32_t file(std::string_view entry, std::uint64_t size = 1) const;
  std::int32_t directory(std::string_view entry) const;
};

using Step = std::function<berth_status(const Request&)>;

class FakeDriver {
 public:
  explicit FakeDriver(std::uint16_t thread_model = BERTH_THREADS_PARALLEL);
  FakeDriver(const FakeDriver&) = delete;
  FakeDriver& operator=(const FakeDriver&) = delete;

  berth_ops& ops() { return *ops_; }  // to be changed before create()
  const std::string& name() const { return name_; }

  void rename(const std::string& name);  // before create()

  // Registers the driver, the first time, and opens a store.
  Store create(const StoreOptions& options = {});

  struct {
    Step init, open, put, get, stat, list, walk, move, copy, remove, url_for;
    Step reader_open, reader_read, reader_info;
    Step writer_open, writer_write, writer_commit, writer_cancel, writer_close;
    bool no_handle = false;    // answer OK to open, reader_open and writer_open and give nothing
    bool same_handle = false;  // give what the one before got
  } script;
  berth_caps caps{};
  std::map<std::string, std::string> objects;
  std::vector<std::string> log;  // names of the calls that came in
  berth_store* last_store = nullptr;
  berth_reader* last_reader = nullptr;
  berth_writer* last_writer = nullptr;
  void note(const char* name);  // [any]

 private:
  std::mutex mutex_;  // log
  std::string name_;
  berth_ops* ops_;  // of the registry, for ever
  berth_driver* driver_;
  bool registered_ = false;
};

}  // namespace berth::test
