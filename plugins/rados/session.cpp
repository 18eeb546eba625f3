// SPDX-License-Identifier: Apache-2.0
//
// Connecting to a cluster. Parameters are set after the configuration file has been read, so that
// they override it.
#include "session.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

namespace berth::rados {
namespace {

// Threads started by librados inherit the signal mask of the thread that connects.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

std::atomic<bool> exiting{false};

// Registered after librados created its static objects, so it runs before they are destroyed.
void watch_exit() {
  static const int registered = std::atexit([] { exiting = true; });
  static_cast<void>(registered);  // if registering failed, a use at exit is not detected
}

std::string escaped(std::string_view text) {
  std::string json;
  for (const char c : text) {
    if (c == '"' || c == '\\') json += '\\';
    json += c;
  }
  return json;
}

}  // namespace

Session::Session(Settings settings, const sdk::Call& call) : settings_(std::move(settings)) {
  const SignalsBlocked blocked;
  const std::string client = settings_.client();
  const int code = rados_create2(&cluster_, settings_.cluster.c_str(), client.c_str(), 0);
  if (code < 0)
    throw sdk::from_errno(-code, "cannot initialise librados for cluster " + settings_.cluster);
  try {
    configure(call);
    connect(call);
    open_pool();
  } catch (...) {
    disconnect();
    throw;
  }
}

Session::~Session() {
  disconnect();
}

void Session::disconnect() noexcept {
  if (forked()) return;  // the sockets are shared with the parent
  if (io_) rados_ioctx_destroy(io_);
  rados_shutdown(cluster_);
}

void Session::configure(const sdk::Call& call) {
  const char* const file = settings_.config_file.empty() ? nullptr : settings_.config_file.c_str();
  const int code = rados_conf_read_file(cluster_, file);
  // The parameters alone may be enough.
  if (code < 0 && (file || settings_.monitors.empty()))
    throw sdk::Error(BERTH_STATUS_INVALID_PARAMETERS,
                     file ? "cannot read the configfile " + settings_.config_file
                          : "no ceph.conf in the default locations; set configfile or monhost")
        .os_errno(-code);
  if (!settings_.monitors.empty()) set("mon_host", settings_.monitors);
  if (!settings_.keyring.empty()) set("keyring", settings_.keyring);
  set("log_to_stderr", "false");
  set("err_to_stderr", "false");
  std::chrono::milliseconds mount = settings_.mount_timeout;
  if (call.has_deadline())
    mount = std::min(mount, std::chrono::ceil<std::chrono::milliseconds>(call.remaining()));
  set_timeout("client_mount_timeout", mount);
  set_timeout("rados_mon_op_timeout", settings_.mon_timeout);
  set_timeout("rados_osd_op_timeout", settings_.osd_timeout);
}

void Session::set(const char* option, const std::string& value) {
  const int code = rados_conf_set(cluster_, option, value.c_str());
  if (code < 0)
    throw sdk::Error(BERTH_STATUS_INVALID_PARAMETERS,
                     std::string("librados rejects the value for ") + option)
        .os_errno(-code);
}

// Every release of librados accepts whole seconds. 0 would mean no time-out.
void Session::set_timeout(const char* option, std::chrono::milliseconds time) {
  set(option, in_seconds(std::max(time, std::chrono::milliseconds(1))));
}

void Session::connect(const sdk::Call& call) {
  const int code = rados_connect(cluster_);
  watch_exit();
  if (code == 0) return;
  if (code == -EACCES || code == -EPERM || code == -EKEYREJECTED || code == -ENOKEY)
    throw sdk::Error(BERTH_STATUS_UNAUTHENTICATED, "the monitors " + monitors() + " refuse " +
                                                       settings_.client() +
                                                       ": wrong key, or no such user")
        .os_errno(-code)
        .protocol_status(code);
  if (code == -ENOENT || code == -EINVAL)
    throw sdk::Error(BERTH_STATUS_INVALID_PARAMETERS,
                     "no usable monitors or key: monitors \"" + monitors() +
                         "\"; check monhost, configfile, username and keyring")
        .os_errno(-code)
        .protocol_status(code);
  if (call.remaining().count() == 0)
    throw sdk::Error(BERTH_STATUS_DEADLINE_EXCEEDED, "no answer from the monitors " + monitors() +
                                                         " before the deadline of the call")
        .os_errno(-code)
        .protocol_status(code);
  throw sdk::Error(BERTH_STATUS_UNAVAILABLE,
                   "no answer from the monitors " + monitors() + " within mounttimeout (" +
                       in_seconds(settings_.mount_timeout) +
                       " s); if they are running, check the key, and write "
                       "ports other than 3300 and 6789 as v2:host:port or "
                       "v1:host:port")
      .os_errno(-code)
      .protocol_status(code)
      .retryable();
}

void Session::open_pool() {
  const int code = rados_ioctx_create(cluster_, settings_.pool.c_str(), &io_);
  if (code == -ENOENT)
    throw sdk::Error(BERTH_STATUS_INVALID_PARAMETERS,
                     "the cluster has no pool " + settings_.pool + " (poolname)")
        .os_errno(-code);
  if (code < 0) throw error(code, "cannot open", "the pool itself");
  int aligned = 0;  // only an erasure-coded pool requires aligned writes
  if (rados_ioctx_pool_requires_alignment2(io_, &aligned) == 0 && aligned)
    throw sdk::Error(BERTH_STATUS_INVALID_PARAMETERS,
                     "pool " + settings_.pool +
                         " (poolname) is erasure-coded and cannot store directories; choose a "
                         "replicated pool");
  if (!settings_.name_space.empty()) rados_ioctx_set_namespace(io_, settings_.name_space.c_str());
}

std::string Session::identity() const {
  std::array<char, 64> fsid{};
  if (rados_cluster_fsid(cluster_, fsid.data(), fsid.size()) < 0) return {};
  return "rados://" + std::string(fsid.data()) + "/pool/" +
         std::to_string(rados_ioctx_get_id(io_)) + "/namespace/" + settings_.name_space;
}

void Session::require_usable() const {
  if (forked())
    throw sdk::Error(
        BERTH_STATUS_WRONG_STATE,
        "the connection to the cluster belongs to the process that called fork(); open "
        "the store again in the child");
  if (exiting)
    throw sdk::Error(BERTH_STATUS_WRONG_STATE,
                     "librados cannot be used while the program exits; use the store before main() "
                     "returns");
}

// Looks the pool up by its number, because it may have been renamed. librados queries the monitors
// only if its map of the cluster does not contain the pool.
void Session::require_pool() const {
  std::array<char, 256> name{};
  const int code =
      rados_pool_reverse_lookup(cluster_, rados_ioctx_get_id(io_), name.data(), name.size());
  if (code != -ENOENT) return;
  throw sdk::Error(
      BERTH_STATUS_UNKNOWN,
      "pool " + settings_.pool + " was deleted while the store was open, with all its objects")
      .os_errno(ENOENT)
      .protocol_status(code);
}

std::string Session::monitors() const {
  std::array<char, 1024> text{};
  if (rados_conf_get(cluster_, "mon_host", text.data(), text.size()) < 0) return "?";
  return text.data();
}

// Converts to false if the lock was not free in time.
class Session::HeldMonitorLock {
 public:
  HeldMonitorLock(MonitorLock& lock, std::chrono::seconds time) : lock_(lock) {
    std::unique_lock guard(lock_.mutex);
    mine_ = lock_.changed.wait_for(guard, time, [&] { return !lock_.held; });
    if (mine_) lock_.held = true;
  }
  ~HeldMonitorLock() {
    if (!mine_) return;
    const std::lock_guard guard(lock_.mutex);
    lock_.held = false;
    lock_.changed.notify_one();
  }
  HeldMonitorLock(const HeldMonitorLock&) = delete;
  HeldMonitorLock& operator=(const HeldMonitorLock&) = delete;

  explicit operator bool() const noexcept { return mine_; }

 private:
  MonitorLock& lock_;
  bool mine_ = false;
};

int Session::query_primary(const std::string& object, std::string& answer) const {
  const std::string command = R"({"prefix":"osd map","format":"json","pool":")" +
                              escaped(settings_.pool) + R"(","object":")" + escaped(object) +
                              R"(","nspace":")" + escaped(settings_.name_space) + "\"}";
  const char* commands[] = {command.c_str()};
  char *out = nullptr, *status = nullptr;
  std::size_t out_size = 0, status_size = 0;
  const int code =
      rados_mon_command(cluster_, commands, 1, nullptr, 0, &out, &out_size, &status, &status_size);
  if (code == 0) answer.assign(out ? out : "", out_size);
  rados_buffer_free(out);
  rados_buffer_free(status);
  return code;
}

// Text to follow "no answer about object X": " from osd.0", or whatever else is known. librados
// reads its time-out for the monitors at the start of a command, in whole seconds: with less than
// one second left no command is sent.
std::string Session::unresponsive_osd(const std::string& object, const sdk::Call& call) const {
  using std::chrono::seconds;
  const auto time_left = [&] {
    const auto most = std::chrono::ceil<seconds>(settings_.mon_timeout);
    return std::min(most, std::chrono::floor<seconds>(call.remaining()));
  };
  const HeldMonitorLock lock(monitor_lock_, time_left());
  const seconds time = time_left();
  if (!lock || time.count() == 0 || call.cancelled()) return {};
  const std::string seconds_text = std::to_string(time.count());
  if (rados_conf_set(cluster_, "rados_mon_op_timeout", seconds_text.c_str()) < 0) return {};
  std::string answer;
  if (query_primary(object, answer) == -ETIMEDOUT)
    return " and none from the monitors " + monitors();
  constexpr std::string_view key = "\"acting_primary\":";
  const std::size_t at = answer.find(key);
  if (at == answer.npos) return {};
  const long number = std::strtol(answer.c_str() + at + key.size(), nullptr, 10);
  return number < 0 ? ", since no OSD serves it," : " from osd." + std::to_string(number);
}

sdk::Error Session::no_answer(const std::string& object, const sdk::Call& call) const {
  return sdk::Error(BERTH_STATUS_UNAVAILABLE, "no answer about object " + object + " in pool " +
                                                  settings_.pool + unresponsive_osd(object, call) +
                                                  " within osdtimeout (" +
                                                  in_seconds(settings_.osd_timeout) + " s)")
      .os_errno(ETIMEDOUT)
      .protocol_status(-ETIMEDOUT)
      .retryable();
}

}  // namespace berth::rados
