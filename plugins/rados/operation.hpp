// SPDX-License-Identifier: Apache-2.0
//
// One request to one object: what it shall do, started without waiting, then waited for no longer
// than the call may take. A request that is given up is cancelled before its memory goes.
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

  // What librados answered, negative for a failure. Throws DEADLINE_EXCEEDED or CANCELLED; then it
  // may be called again. Throws UNAVAILABLE when no OSD answered. REQUIRES: it has not returned
  // yet.
  int wait(const sdk::Call& call);

  bool waiting() const noexcept { return completion_ != nullptr; }  // started, not answered

  int run(const Session& session, std::string object, const sdk::Call& call) {
    start(session, std::move(object));
    return wait(call);
  }

  const std::string& object() const noexcept { return object_; }
  std::uint64_t version() const noexcept { return version_; }  // of the object; after wait()

 protected:
  Operation() = default;
  void finish() noexcept;  // for the destructors of derived classes: nothing is written any more

 private:
  virtual int submit(rados_ioctx_t io, rados_completion_t completion, const char* object) = 0;
  static void completed(rados_completion_t, void* self);
  [[noreturn]] void give_up(const sdk::Call& call) const;

  const Session* session_ = nullptr;
  rados_completion_t completion_ = nullptr;
  std::string object_;
  std::mutex lock_;
  std::condition_variable changed_;
  bool complete_ = false;
  std::uint64_t version_ = 0;
};

// Everything in it happens at once or not at all. What begins with expect_ is a guard: if one does
// not hold, nothing happens and the answer is one of `guard_failed`.
class WriteOperation final : public Operation {
 public:
  WriteOperation() : op_(rados_create_write_op()) {}
  ~WriteOperation() override;

  WriteOperation& expect_attribute(const char* name, std::string_view value);    // "": not there
  WriteOperation& expect_entry(const std::string& key, std::string_view value);  // "": or not there
  WriteOperation& expect_version(std::uint64_t version);
  WriteOperation& create_exclusive();  // -EEXIST if the object is there

  WriteOperation& create();
  WriteOperation& set_attribute(const char* name, std::string_view value);
  WriteOperation& remove_attribute(const char* name);
  WriteOperation& set_entry(const std::string& key, std::string_view value);
  WriteOperation& remove_entry(const std::string& key);
  WriteOperation& write(std::uint64_t offset, std::string_view bytes);
  WriteOperation& write_full(std::string_view bytes);
  WriteOperation& remove_object();
  WriteOperation& keep_time(std::time_t mtime);  // instead of now

  // The object was not as expected; look again.
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

  // After wait() returned 0.
  std::uint64_t size() const noexcept { return size_; }
  std::time_t mtime() const noexcept { return mtime_; }
  std::size_t got() const noexcept { return got_; }
  std::string attribute(const char* name) const;  // "": not there
  bool has_attribute(const char* name) const { return attributes_.count(name) != 0; }
  std::vector<OmapEntry> take_entries();  // once
  bool more() const noexcept { return more_ != 0; }

  void collect();  // reads the attributes out of librados; once, after wait() returned 0

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

// Operations in flight, or what holds one, the oldest first, no more than `limit` at once.
template <class Op>
class Window {
 public:
  explicit Window(std::size_t limit) : limit_(limit) {}

  bool full() const noexcept { return flying_.size() >= limit_; }
  bool empty() const noexcept { return flying_.empty(); }
  void push(std::unique_ptr<Op> started) { flying_.push_back(std::move(started)); }
  Op& oldest() noexcept { return *flying_.front(); }
  std::unique_ptr<Op> pop() {
    std::unique_ptr<Op> oldest = std::move(flying_.front());
    flying_.pop_front();
    return oldest;
  }
  void clear() noexcept { flying_.clear(); }

 private:
  std::size_t limit_;
  std::deque<std::unique_ptr<Op>> flying_;
};

}  // namespace berth::rados
