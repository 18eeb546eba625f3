// SPDX-License-Identifier: Apache-2.0
//
// A driver that passed the handshake: its table, the host that it sees, and where it is in its
// life. Lives for ever.
#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include <sys/stat.h>

#include <berth/driver.h>

#include "binding/handshake.hpp"
#include "binding/live_handles.hpp"
#include "model/limit.hpp"

namespace berth::binding {

class Driver {
 public:
  Driver(DriverTable table, std::filesystem::path file);
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  const std::string& name() const noexcept { return name_; }
  const std::filesystem::path& file() const noexcept { return file_; }  // empty: of this process
  // Another file lies there now, or the same one was written over: what runs is not what one sees.
  bool file_replaced() const noexcept;
  // The same, to the log, the first time that it is so.
  void warn_when_replaced() noexcept;
  const DriverTable& table() const noexcept { return table_; }
  const berth_ops& ops() const noexcept { return table_.ops; }

  // What this driver has open, in all of its stores.
  LiveHandles& readers() noexcept { return readers_; }
  LiveHandles& writers() noexcept { return writers_; }

  // One call at a time when the driver declares so, else no limit.
  model::Limit& turns() noexcept { return *turns_; }

  bool ready() const noexcept { return state_ == State::ready; }

  // Runs init the first time. Throws InvalidStorageDriverError when it fails or failed before, or
  // after shutdown. [one: under the lifecycle lock]
  void init();

  // Runs shutdown once, unless stores are open: false. [one: under the lifecycle lock]
  bool shutdown() noexcept;

  // After the first store was opened, when the driver has made most of its statics.
  void watch_exit();

  // Around the life of a store. enter() throws InvalidStorageDriverError after shutdown.
  void enter();
  void leave() noexcept;

  // Around fork(); see fork.hpp.
  void before_fork();
  void after_fork_in_parent();
  void after_fork_in_child();

 private:
  enum class State { loaded, ready, refused, down };

  [[noreturn]] void refuse() const;

  DriverTable table_;
  const std::string name_;
  const std::filesystem::path file_;
  struct stat loaded_ {};  // of the file, when it was loaded
  std::atomic<bool> warned_{false};
  berth_host host_{};
  std::unique_ptr<model::Limit> turns_;
  LiveHandles readers_, writers_;
  mutable std::mutex mutex_;  // stores_, and changes of state_
  std::size_t stores_ = 0;
  std::atomic<State> state_{State::loaded};
  std::once_flag exit_watched_;
  std::string reason_;  // why refused; written before state_ says so
};

}  // namespace berth::binding
