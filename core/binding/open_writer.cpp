// SPDX-License-Identifier: Apache-2.0
//
// Writing. After a failed write only cancel and close remain, after a failed commit only close.
#include "binding/open_writer.hpp"

#include <exception>
#include <utility>

#include "binding/entries.hpp"
#include "binding/exit.hpp"
#include "model/log.hpp"

namespace berth::binding {

OpenWriter::~OpenWriter() {
  if (handle_ == nullptr) return;
  if (process_.forked()) {
    abandon(handle_);
    return;
  }
  if (at_exit()) {
    model::log(model::LogLevel::warn, store_->driver(),
               "the program ends with the writer of " + path_ +
                   " open: what was not committed may be lost");
    abandon(handle_);
    return;
  }
  try {
    close({});
  } catch (const std::exception& error) {
    model::log(model::LogLevel::error, error.what());
  }
}

void OpenWriter::write(std::string_view bytes, const CallOptions& options) {
  require("writer_write", state_ == State::open);
  if (bytes.empty()) return;
  state_ = State::broken;  // until it went well: a commit would publish a hole
  store_->run({store_->driver(), "writer_write", path_}, options,
              {.limited = false, .traced = false}, [&](const berth_call* call, berth_error* error) {
                return store_->ops().writer_write(handle_, call, bytes.data(), bytes.size(), error);
              });
  state_ = State::open;
}

std::uint64_t OpenWriter::size() const {
  const std::uint64_t size = handle_ == nullptr ? size_ : ask_size();
  if (size > BERTH_MAX_OBJECT_BYTES)
    throw_misbehaviour(store_->context("writer_size", path_),
                       "the driver reported a size of more than 2^63 - 1 bytes");
  return size;
}

std::uint64_t OpenWriter::ask_size() const {
  require_own_process("writer_size");
  std::uint64_t size = 0;
  store_->run({store_->driver(), "writer_size", path_}, {},
              {.limited = false, .traced = false, .must_run = true},
              [&](const berth_call*, berth_error*) {
                size = store_->ops().writer_size(handle_);
                return BERTH_STATUS_OK;
              });
  return size;
}

FileInfo OpenWriter::commit(const CallOptions& options) {
  require("writer_commit", state_ == State::open);
  const CallContext who = store_->context("writer_commit", path_);
  OneEntry stored(who);
  const berth_commit_options commit{sizeof(berth_commit_options), 0, &LentSink::emit,
                                    stored.sink()};
  store_->run({store_->driver(), "writer_commit", path_, {}, options.trace_id}, options,
              {.limited = false}, [&](const berth_call* call, berth_error* error) {
                tried_to_end();
                return store_->ops().writer_commit(handle_, call, &commit, error);
              });
  state_ = State::committed;
  if (std::optional<FileInfo> info = stored.take_stored()) return std::move(*info);
  return {.path = path_, .size = size()};
}

void OpenWriter::cancel(const CallOptions& options) {
  require("writer_cancel", state_ == State::open || (state_ == State::broken && !ended_));
  store_->run({store_->driver(), "writer_cancel", path_, {}, options.trace_id}, options,
              {.limited = false}, [&](const berth_call* call, berth_error* error) {
                tried_to_end();
                return store_->ops().writer_cancel(handle_, call, error);
              });
  state_ = State::cancelled;
}

void OpenWriter::close(const CallOptions& options) {
  require("writer_close", true);
  size_ = ask_size();
  berth_writer* const closing = std::exchange(handle_, nullptr);
  store_->run({store_->driver(), "writer_close", path_, {}, options.trace_id}, options,
              {.limited = false, .must_run = true},
              [&](const berth_call* call, berth_error* error) {
                store_->writers().remove(closing);
                return store_->ops().writer_close(closing, call, error);
              });
}

// Only when the driver is called: a deadline that had passed before changes nothing.
void OpenWriter::tried_to_end() noexcept {
  state_ = State::broken;
  ended_ = true;
}

void OpenWriter::discard() noexcept {
  if (handle_ == nullptr || ended_) return;
  try {
    cancel({});
  } catch (const std::exception& error) {
    model::log(model::LogLevel::warn, error.what());
  }
}

void OpenWriter::require_own_process(std::string_view operation) const {
  if (process_.forked())
    throw_wrong_state(store_->context(operation, path_),
                      "the writer was opened before fork(); only the parent can go on writing");
}

void OpenWriter::require(std::string_view operation, bool possible) const {
  require_own_process(operation);
  if (handle_ == nullptr) throw_wrong_state(store_->context(operation, path_), "already closed");
  if (!possible) throw_wrong_state(store_->context(operation, path_), std::string(state_text()));
}

std::string_view OpenWriter::state_text() const noexcept {
  if (state_ == State::committed) return "already committed";
  if (state_ == State::cancelled) return "already cancelled";
  return ended_ ? "commit or cancel failed before: only close is possible"
                : "a write failed before: only cancel and close are possible";
}

}  // namespace berth::binding
