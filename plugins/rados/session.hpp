// SPDX-License-Identifier: Apache-2.0
//
// A connection to a cluster and to one of its pools, opened with the parameters of the store.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>

#include <rados/librados.h>

#include <berth/driver.hpp>
#include <berth/fork.hpp>

#include "errors.hpp"
#include "settings.hpp"

namespace berth::rados {

class Session {
 public:
  // Connects. Throws when a parameter is wrong, the key is refused or no monitor answers.
  Session(Settings settings, const sdk::Call& call);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  rados_ioctx_t io() const noexcept { return io_; }
  const Settings& settings() const noexcept { return settings_; }

  // Identifies the pool and namespace by the cluster's fsid and the pool's number, which stay the
  // same when the pool is renamed or the monitors change. Makes no request.
  std::string identity() const;

  // librados cannot be used in a child after fork(), where its threads are missing, nor once the
  // program has begun to exit. require_usable() then throws WRONG_STATE.
  bool forked() const noexcept { return process_.forked(); }
  void require_usable() const;

  // librados returns -ENOENT both for a missing object and for a deleted pool. Throws UNKNOWN if
  // the pool was deleted.
  void require_pool() const;

  sdk::Error error(int code, const std::string& what, std::string_view object) const {
    return librados_error(settings_, code, what, object);
  }

  // Throws error() when code is negative.
  void check(int code, const std::string& what, std::string_view object) const {
    if (code < 0) throw error(code, what, object);
  }

  // The error when no OSD answered within osdtimeout. Asks the monitors which OSD is responsible,
  // for at most montimeout and the rest of the call's deadline.
  sdk::Error no_answer(const std::string& object, const sdk::Call& call) const;

 private:
  void configure(const sdk::Call& call);
  void connect(const sdk::Call& call);
  void open_pool();
  void set(const char* option, const std::string& value);
  void set_timeout(const char* option, std::chrono::milliseconds time);
  void disconnect() noexcept;
  std::string monitors() const;
  std::string unresponsive_osd(const std::string& object, const sdk::Call& call) const;
  int query_primary(const std::string& object, std::string& answer) const;

  const sdk::ProcessMark process_;
  const Settings settings_;
  rados_t cluster_ = nullptr;
  rados_ioctx_t io_ = nullptr;
  // Held by the one caller that may set the time-out for the monitors.
  struct MonitorLock {
    std::mutex mutex;
    std::condition_variable changed;
    bool held = false;
  };
  class HeldMonitorLock;
  mutable MonitorLock monitor_lock_;
};

}  // namespace berth::rados
