// SPDX-License-Identifier: Apache-2.0
//
// Requests through librados' asynchronous calls. A waiting thread sleeps until the callback runs,
// and wakes up regularly to check whether the call was cancelled.
#include "requests.hpp"

#include <cerrno>

#include <algorithm>
#include <chrono>
#include <utility>

namespace berth::rados {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds cancel_poll{20};

Clock::time_point next_poll(const sdk::Call& call) {
  const Clock::time_point next = Clock::now() + cancel_poll;
  return call.has_deadline() ? std::min(next, call.deadline()) : next;
}

}  // namespace

Operation::~Operation() = default;

void Operation::finish() noexcept {
  if (!completion_) return;
  if (session_->forked()) {  // the thread that would complete it exists in the parent only
    completion_ = nullptr;
    return;
  }
  if (!rados_aio_is_complete(completion_)) rados_aio_cancel(session_->io(), completion_);
  // Required even if it is complete: the callback may still be using this object.
  rados_aio_wait_for_complete_and_cb(completion_);
  rados_aio_release(completion_);
  completion_ = nullptr;
}

void Operation::completed(rados_completion_t, void* self) {
  auto& operation = *static_cast<Operation*>(self);
  const std::lock_guard guard(operation.lock_);
  operation.complete_ = true;
  operation.changed_.notify_all();
}

void Operation::start(const Session& session, std::string object) {
  object_ = std::move(object);
  session_ = &session;
  session.require_usable();
  rados_aio_create_completion2(this, &Operation::completed, &completion_);
  const int code = submit(session.io(), completion_, object_.c_str());
  if (code == 0) return;
  rados_aio_release(completion_);
  completion_ = nullptr;
  session.check(code, "cannot send a request for", object_);
}

void Operation::fail_wait(const sdk::Call& call) const {
  if (call.cancelled()) throw sdk::Error(BERTH_STATUS_CANCELLED, "the call was cancelled");
  throw sdk::Error(BERTH_STATUS_DEADLINE_EXCEEDED,
                   "no answer about object " + object_ + " before the deadline of the call");
}

int Operation::wait(const sdk::Call& call) {
  session_->require_usable();
  {
    std::unique_lock guard(lock_);
    while (!complete_) {
      if (call.cancelled() || call.remaining().count() == 0) {
        guard.unlock();
        fail_wait(call);  // still in flight: wait() may be repeated, the destructor cancels
      }
      changed_.wait_until(guard, next_poll(call));
    }
  }
  const int code = rados_aio_get_return_value(completion_);
  version_ = rados_aio_get_version(completion_);
  finish();
  if (code == -ETIMEDOUT) throw session_->no_answer(object_, call);
  if (code == -ENOENT) session_->require_pool();
  return code;
}

// ---- Writing

WriteOperation::~WriteOperation() {
  finish();
  rados_release_write_op(op_);
}

WriteOperation& WriteOperation::expect_attribute(const char* name, std::string_view value) {
  rados_write_op_cmpxattr(op_, name, LIBRADOS_CMPXATTR_OP_EQ, value.empty() ? "" : value.data(),
                          value.size());
  return *this;
}

WriteOperation& WriteOperation::expect_entry(const std::string& key, std::string_view value) {
  rados_write_op_omap_cmp2(op_, key.c_str(), LIBRADOS_CMPXATTR_OP_EQ,
                           value.empty() ? "" : value.data(), key.size(), value.size(), nullptr);
  return *this;
}

WriteOperation& WriteOperation::expect_version(std::uint64_t version) {
  rados_write_op_assert_version(op_, version);
  return *this;
}

WriteOperation& WriteOperation::create_exclusive() {
  rados_write_op_create(op_, LIBRADOS_CREATE_EXCLUSIVE, nullptr);
  return *this;
}

WriteOperation& WriteOperation::create() {
  rados_write_op_create(op_, LIBRADOS_CREATE_IDEMPOTENT, nullptr);
  return *this;
}

WriteOperation& WriteOperation::set_attribute(const char* name, std::string_view value) {
  rados_write_op_setxattr(op_, name, value.data(), value.size());
  return *this;
}

WriteOperation& WriteOperation::remove_attribute(const char* name) {
  rados_write_op_rmxattr(op_, name);
  return *this;
}

WriteOperation& WriteOperation::set_entry(const std::string& key, std::string_view value) {
  const char* const keys[] = {key.c_str()};
  const char* const values[] = {value.empty() ? "" : value.data()};
  const std::size_t key_sizes[] = {key.size()}, value_sizes[] = {value.size()};
  rados_write_op_omap_set2(op_, keys, values, key_sizes, value_sizes, 1);
  return *this;
}

WriteOperation& WriteOperation::remove_entry(const std::string& key) {
  const char* const keys[] = {key.c_str()};
  const std::size_t key_sizes[] = {key.size()};
  rados_write_op_omap_rm_keys2(op_, keys, key_sizes, 1);
  return *this;
}

WriteOperation& WriteOperation::write(std::uint64_t offset, std::string_view bytes) {
  rados_write_op_write(op_, bytes.data(), bytes.size(), offset);
  return *this;
}

WriteOperation& WriteOperation::write_full(std::string_view bytes) {
  rados_write_op_write_full(op_, bytes.empty() ? "" : bytes.data(), bytes.size());
  return *this;
}

WriteOperation& WriteOperation::remove_object() {
  rados_write_op_remove(op_);
  return *this;
}

WriteOperation& WriteOperation::set_mtime(std::time_t mtime) {
  mtime_ = mtime;
  return *this;
}

bool WriteOperation::guard_failed(int code) noexcept {
  return code == -ECANCELED || code == -ENOENT || code == -EEXIST || code == -ERANGE ||
         code == -EOVERFLOW;
}

// FULL_TRY: in a full pool librados would otherwise delay a write until it times out. The OSD
// rejects a write that needs space and accepts removals.
int WriteOperation::submit(rados_ioctx_t io, rados_completion_t completion, const char* object) {
  return rados_aio_write_op_operate(op_, io, completion, object, mtime_ ? &*mtime_ : nullptr,
                                    LIBRADOS_OPERATION_FULL_TRY);
}

// ---- Reading

ReadOperation::~ReadOperation() {
  finish();
  if (attribute_iterator_) rados_getxattrs_end(attribute_iterator_);
  if (entry_iterator_) rados_omap_get_end(entry_iterator_);
  rados_release_read_op(op_);
}

ReadOperation& ReadOperation::stat() {
  rados_read_op_stat(op_, &size_, &mtime_, &stat_code_);
  return *this;
}

ReadOperation& ReadOperation::attributes() {
  rados_read_op_getxattrs(op_, &attribute_iterator_, &attributes_code_);
  return *this;
}

ReadOperation& ReadOperation::read(std::uint64_t offset, char* buffer, std::size_t length) {
  rados_read_op_read(op_, offset, length, buffer, &got_, &read_code_);
  return *this;
}

ReadOperation& ReadOperation::entries_of(const std::vector<std::string>& keys) {
  std::vector<const char*> names;
  std::vector<std::size_t> sizes;
  for (const std::string& key : keys) {
    names.push_back(key.c_str());
    sizes.push_back(key.size());
  }
  rados_read_op_omap_get_vals_by_keys2(op_, names.data(), keys.size(), sizes.data(),
                                       &entry_iterator_, &entries_code_);
  return *this;
}

ReadOperation& ReadOperation::entries_after(const std::string& key, std::uint64_t count) {
  rados_read_op_omap_get_vals2(op_, key.c_str(), "", count, &entry_iterator_, &more_,
                               &entries_code_);
  return *this;
}

void ReadOperation::collect() {
  if (!attribute_iterator_) return;
  const char *name = nullptr, *value = nullptr;
  std::size_t size = 0;
  while (rados_getxattrs_next(attribute_iterator_, &name, &value, &size) == 0 && name)
    attributes_.emplace(name, std::string(value ? value : "", value ? size : 0));
}

std::string ReadOperation::attribute(const char* name) const {
  const auto found = attributes_.find(name);
  return found == attributes_.end() ? std::string() : found->second;
}

std::vector<OmapEntry> ReadOperation::take_entries() {
  std::vector<OmapEntry> entries;
  if (!entry_iterator_) return entries;
  char *key = nullptr, *value = nullptr;
  std::size_t key_size = 0, value_size = 0;
  while (rados_omap_get_next2(entry_iterator_, &key, &value, &key_size, &value_size) == 0 && key)
    entries.push_back({std::string(key, key_size), std::string(value ? value : "", value_size)});
  return entries;
}

int ReadOperation::submit(rados_ioctx_t io, rados_completion_t completion, const char* object) {
  return rados_aio_read_op_operate(op_, io, completion, object, LIBRADOS_OPERATION_NOFLAG);
}

}  // namespace berth::rados
