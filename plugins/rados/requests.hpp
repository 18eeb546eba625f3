// SPDX-License-Identifier: Apache-2.0
//
// One request to one object. start() sends it without blocking, wait() waits at most until the
// call's deadline. A request that is abandoned is cancelled before its memory is freed.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rados/librados.h>

#include <berth/driver.hpp>

#include "session.hpp"

namespace berth::rados {

class Operation {
 public:
  virtual ~Operation();
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  // REQUIRES: not started before. Returns at once.
  void start(const Session& session, std::string object);

  // Returns librados' result, negative for a failure. Throws UNAVAILABLE when no OSD answered.
  // Throws DEADLINE_EXCEEDED or CANCELLED; then it may be called again.
  // REQUIRES: started, and no earlier wait() returned.
  int wait(const sdk::Call& call);

  bool in_flight() const noexcept { return completion_ != nullptr; }  // wait() has not returned

  int run(const Session& session, std::string object, const sdk::Call& call) {
    start(session, std::move(object));
    return wait(call);
  }

  const std::string& object() const noexcept { return object_; }
  // The object's version. REQUIRES: wait() has returned.
  std::uint64_t version() const noexcept { return version_; }

 protected:
  Operation() = default;
  // Afterwards librados no longer writes to the members. Derived destructors call it first.
  void finish() noexcept;

 private:
  virtual int submit(rados_ioctx_t io, rados_completion_t completion, const char* object) = 0;
  static void completed(rados_completion_t, void* self);
  [[noreturn]] void fail_wait(const sdk::Call& call) const;

  const Session* session_ = nullptr;
  rados_completion_t completion_ = nullptr;
  std::string object_;
  std::mutex lock_;
  std::condition_variable changed_;
  bool complete_ = false;
  std::uint64_t version_ = 0;
};

// All changes of one operation are applied atomically. The expect_ functions are guards: if one
// does not hold, nothing is changed and wait() returns a code for which guard_failed() is true.
class WriteOperation final : public Operation {
 public:
  WriteOperation() : op_(rados_create_write_op()) {}
  ~WriteOperation() override;

  WriteOperation& expect_attribute(const char* name, std::string_view value);    // "": missing
  WriteOperation& expect_entry(const std::string& key, std::string_view value);  // "": or missing
  WriteOperation& expect_version(std::uint64_t version);
  WriteOperation& create_exclusive();  // -EEXIST if the object exists

  WriteOperation& create();
  WriteOperation& set_attribute(const char* name, std::string_view value);
  WriteOperation& remove_attribute(const char* name);
  WriteOperation& set_entry(const std::string& key, std::string_view value);
  WriteOperation& remove_entry(const std::string& key);
  WriteOperation& write(std::uint64_t offset, std::string_view bytes);
  WriteOperation& write_full(std::string_view bytes);
  WriteOperation& remove_object();
  WriteOperation& set_mtime(std::time_t mtime);  // default: the current time

  // The object was not as the guards expect; read it again.
  static bool guard_failed(int code) noexcept;

 private:
  int submit(rados_ioctx_t io, rados_completion_t completion, const char* object) override;

  rados_write_op_t op_;
  std::optional<std::time_t> mtime_;
};

struct OmapEntry {
  std::string key;
  std::string value;
};

class ReadOperation final : public Operation {
 public:
  ReadOperation() : op_(rados_create_read_op()) {}
  ~ReadOperation() override;

  ReadOperation& stat();
  ReadOperation& attributes();
  ReadOperation& read(std::uint64_t offset, char* buffer, std::size_t length);
  ReadOperation& entries_of(const std::vector<std::string>& keys);
  ReadOperation& entries_after(const std::string& key, std::uint64_t count);

  // REQUIRES: wait() returned 0.
  std::uint64_t size() const noexcept { return size_; }
  std::time_t mtime() const noexcept { return mtime_; }
  std::size_t got() const noexcept { return got_; }
  std::string attribute(const char* name) const;  // "": missing
  bool has_attribute(const char* name) const { return attributes_.count(name) != 0; }
  std::vector<OmapEntry> take_entries();  // once
  bool more() const noexcept { return more_ != 0; }

  // Copies the attributes out of librados. REQUIRES: wait() returned 0. Call it once.
  void collect();

 private:
  int submit(rados_ioctx_t io, rados_completion_t completion, const char* object) override;

  rados_read_op_t op_;
  std::uint64_t size_ = 0;
  std::time_t mtime_ = 0;
  std::size_t got_ = 0;
  int stat_code_ = 0, read_code_ = 0, attributes_code_ = 0, entries_code_ = 0;
  unsigned char more_ = 0;
  rados_xattrs_iter_t attribute_iterator_ = nullptr;
  rados_omap_iter_t entry_iterator_ = nullptr;
  std::map<std::string, std::string, std::less<>> attributes_;
};

// The operations in flight (or objects that contain one), oldest first, at most `limit`.
template <class Op>
class Window {
 public:
  explicit Window(std::size_t limit) : limit_(limit) {}

  bool full() const noexcept { return operations_.size() >= limit_; }
  bool empty() const noexcept { return operations_.empty(); }
  void push(std::unique_ptr<Op> started) { operations_.push_back(std::move(started)); }
  Op& oldest() noexcept { return *operations_.front(); }
  std::unique_ptr<Op> pop() {
    std::unique_ptr<Op> oldest = std::move(operations_.front());
    operations_.pop_front();
    return oldest;
  }
  void clear() noexcept { operations_.clear(); }

 private:
  std::size_t limit_;
  std::deque<std::unique_ptr<Op>> operations_;
};

}  // namespace berth::rados
