// SPDX-License-Identifier: Apache-2.0
//
// An object being written, and the state machine that every driver may rely on: writes, then commit
// or cancel at most once, then close exactly once. [one]
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "binding/open_store.hpp"

namespace berth::binding {

class OpenWriter {
 public:
  OpenWriter(std::shared_ptr<OpenStore> store, std::string path) noexcept
      : store_(std::move(store)), path_(std::move(path)) {}
  ~OpenWriter();  // closes; logs what goes wrong
  OpenWriter(const OpenWriter&) = delete;
  OpenWriter& operator=(const OpenWriter&) = delete;

  // Before every other call. The object exists before the driver opens the writer, so that no
  // failure lies between a handle and its owner.
  void take(berth_writer* handle) noexcept { handle_ = handle; }

  void write(std::string_view bytes, const CallOptions& options);
  std::uint64_t size() const;
  FileInfo commit(const CallOptions& options);
  void cancel(const CallOptions& options);
  void close(const CallOptions& options);
  void discard() noexcept;  // cancel where that is possible, for one who is failing already

 private:
  enum class State { open, broken, committed, cancelled };

  void require(std::string_view operation, bool possible) const;
  void require_own_process(std::string_view operation) const;
  std::string_view state_text() const noexcept;
  void tried_to_end() noexcept;
  std::uint64_t ask_size() const;

  std::shared_ptr<OpenStore> store_;
  const sdk::ProcessMark process_;  // that opened it; a child after fork() cannot use it
  const std::string path_;
  berth_writer* handle_ = nullptr;  // null: closed
  State state_ = State::open;
  bool ended_ = false;      // commit or cancel was tried
  std::uint64_t size_ = 0;  // kept when closed
};

}  // namespace berth::binding
