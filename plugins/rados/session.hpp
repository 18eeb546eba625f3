// SPDX-License-Identifier: Apache-2.0
//
// One connection to a cluster and one pool of it, made from the store's parameters. Words every
// failure that librados reports as a number.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include <rados/librados.h>

#include <berth/driver.hpp>
#include <berth/fork.hpp>

namespace berth::rados {

struct Settings {
  std::string pool;
  std::string user;  // without "client."; empty: librados' default
  std::string cluster;
  std::string config_file;
  std::string keyring;
  std::string monitors;
  std::string name_space;
  std::string root;  // "/", or a path without a trailing slash
  std::uint64_t chunk_size = 0;
  std::chrono::milliseconds mount_timeout{0};
  std::chrono::milliseconds mon_timeout{0};
  std::chrono::milliseconds osd_timeout{0};
};
Settings settings_of(const sdk::Parameters& parameters);

class Session {
 public:
  // Connects; what is wrong with the parameters, the key or the monitors is told here.
  Session(Settings settings, const sdk::Call& call);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  rados_ioctx_t io() const noexcept { return io_; }
  const Settings& settings() const noexcept { return settings_; }

  // The pool and namespace: the cluster's fsid and the pool's number, which stay when monitors or
  // the pool's name change. Makes no request.
  std::string identity() const;

  // librados cannot be used in a child after fork(), whose parent has its threads, nor once the
  // program exits. Throws WRONG_STATE then.
  bool forked() const noexcept { return process_.forked(); }
  void require_usable() const;

  // librados reports -ENOENT for an object that does not exist and for a pool that was deleted.
  // Throws UNKNOWN when it is the pool.
  void require_pool() const;

  // `what` says what was tried: "cannot read". `code` is negative, as librados returns it.
  sdk::Error error(int code, const std::string& what, std::string_view object) const;

  // No OSD answered within osdtimeout. Asks the monitors which should have, and for that takes no
  // longer than montimeout and the call allow.
  sdk::Error no_answer(const std::string& object, const sdk::Call& call) const;

  // Throws error() when code is negative.
  void check(int code, const std::string& what, std::string_view object) const {
    if (code < 0) throw error(code, what, object);
  }

 private:
  void configure(const sdk::Call& call);
  void connect(const sdk::Call& call);
  void open_pool();
  void set(const char* option, const std::string& value);
  void set_timeout(const char* option, std::chrono::milliseconds time);
  void disconnect() noexcept;
  std::string monitors() const;
  std::string silent_osd(const std::string& object, const sdk::Call& call) const;
  int ask_primary(const std::string& object, std::string& answer) const;
  std::string reason(int code) const;

  const sdk::ProcessMark process_;
  const Settings settings_;
  rados_t cluster_ = nullptr;
  rados_ioctx_t io_ = nullptr;
  struct Asking {  // one caller at a time may set the time that the monitors get
    std::mutex lock;
    std::condition_variable changed;
    bool busy = false;
  };
  class Turn;
  mutable Asking asking_;
};

}  // namespace berth::rados
