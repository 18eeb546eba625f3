// SPDX-License-Identifier: Apache-2.0
//
// Connecting, and the words for what librados reports as numbers. Everything is set after the
// configuration file was read, so that parameters win over it.
#include "session.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

#include "layout.hpp"

namespace berth::rados {
namespace {

// librados starts threads that inherit the mask of the thread that connects.
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

// Static objects of librados are destroyed after this handler, as they were made before it.
void watch_exit() {
  static const int registered = std::atexit([] { exiting = true; });
  static_cast<void>(registered);  // without memory for it a use at exit is not noticed
}

std::string normalised_root(std::string_view root) {
  std::string path = "/";
  for (std::size_t begin = 0; begin < root.size();) {
    const std::size_t end = std::min(root.find('/', begin), root.size());
    const std::string_view part = root.substr(begin, end - begin);
    if (part == "." || part == "..")
      throw sdk::Error(BERTH_INVALID_PARAMETERS, "rootdirectory must not contain . or ..");
    if (!part.empty()) path = join(path, part);
    begin = end + 1;
  }
  return path;
}

std::string seconds(std::chrono::milliseconds time) {
  return std::to_string((time.count() + 999) / 1000);
}

std::string escaped(std::string_view text) {
  std::string json;
  for (const char c : text) {
    if (c == '"' || c == '\\') json += '\\';
    json += c;
  }
  return json;
}

berth_status status_of(int code) noexcept {
  switch (-code) {
    case ENOENT:
      return BERTH_PATH_NOT_FOUND;
    case EACCES:
    case EPERM:
      return BERTH_PERMISSION_DENIED;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EMSGSIZE:
      return BERTH_NO_SPACE;
    case ENAMETOOLONG:
      return BERTH_INVALID_PATH;
    case ETIMEDOUT:
    case EAGAIN:
    case ESHUTDOWN:
    case ENOTCONN:
      return BERTH_UNAVAILABLE;
    default:
      return BERTH_IO;
  }
}

}  // namespace

Settings settings_of(const sdk::Parameters& parameters) {
  Settings settings;
  settings.pool = parameters.text("poolname");
  settings.user = parameters.text("username");
  settings.cluster = parameters.text("clustername");
  settings.config_file = parameters.text("configfile");
  settings.keyring = parameters.text("keyring");
  settings.monitors = parameters.text("monhost");
  settings.name_space = parameters.text("namespace");
  settings.root = normalised_root(parameters.text("rootdirectory"));
  settings.chunk_size = parameters.bytes("chunksize");
  settings.mount_timeout = parameters.millis("mounttimeout");
  settings.mon_timeout = parameters.millis("montimeout");
  settings.osd_timeout = parameters.millis("osdtimeout");
  if (settings.user.starts_with("client.")) settings.user.erase(0, 7);
  return settings;
}

Session::Session(Settings settings, const sdk::Call& call) : settings_(std::move(settings)) {
  const SignalsBlocked blocked;
  const std::string name = "client." + (settings_.user.empty() ? "admin" : settings_.user);
  const int code = rados_create2(&cluster_, settings_.cluster.c_str(), name.c_str(), 0);
  if (code < 0)
    throw sdk::from_errno(-code, "librados cannot be used for cluster " + settings_.cluster);
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
  // Without a file the parameters may say everything.
  if (code < 0 && (file || settings_.monitors.empty()))
    throw sdk::Error(BERTH_INVALID_PARAMETERS,
                     file ? "cannot read the configfile " + settings_.config_file
                          : "no ceph.conf in the usual places; set configfile, or monhost")
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
    throw sdk::Error(BERTH_INVALID_PARAMETERS,
                     std::string("librados does not take this value for ") + option)
        .os_errno(-code);
}

// Whole seconds: what every release of librados understands. 0 would mean for ever.
void Session::set_timeout(const char* option, std::chrono::milliseconds time) {
  set(option, seconds(std::max(time, std::chrono::milliseconds(1))));
}

void Session::connect(const sdk::Call& call) {
  const int code = rados_connect(cluster_);
  watch_exit();
  if (code == 0) return;
  if (code == -EACCES || code == -EPERM || code == -EKEYREJECTED || code == -ENOKEY)
    throw sdk::Error(BERTH_UNAUTHENTICATED,
                     "the monitors " + monitors() + " refuse client." +
                         (settings_.user.empty() ? "admin" : settings_.user) +
                         ": wrong key, or no such user")
        .os_errno(-code)
        .protocol_status(code);
  if (code == -ENOENT || code == -EINVAL)
    throw sdk::Error(BERTH_INVALID_PARAMETERS,
                     "no usable monitors or key: monitors \"" + monitors() +
                         "\"; check monhost, configfile, username and keyring")
        .os_errno(-code)
        .protocol_status(code);
  if (call.remaining().count() == 0)
    throw sdk::Error(BERTH_DEADLINE_EXCEEDED, "no answer from the monitors " + monitors() +
                                                  " before the deadline of the call")
        .os_errno(-code)
        .protocol_status(code);
  throw sdk::Error(BERTH_UNAVAILABLE, "no answer from the monitors " + monitors() +
                                          " within mounttimeout (" +
                                          seconds(settings_.mount_timeout) +
                                          " s); if they run, check the key, and write other ports "
                                          "than 3300 and 6789 as v2:host:port "
                                          "or v1:host:port")
      .os_errno(-code)
      .protocol_status(code)
      .retryable();
}

void Session::open_pool() {
  const int code = rados_ioctx_create(cluster_, settings_.pool.c_str(), &io_);
  if (code == -ENOENT)
    throw sdk::Error(BERTH_INVALID_PARAMETERS,
                     "the cluster has no pool " + settings_.pool + " (poolname)")
        .os_errno(-code);
  if (code < 0) throw error(code, "cannot open", "the pool itself");
  int aligned = 0;  // only an erasure-coded pool wants its writes aligned
  if (rados_ioctx_pool_requires_alignment2(io_, &aligned) == 0 && aligned)
    throw sdk::Error(BERTH_INVALID_PARAMETERS,
                     "pool " + settings_.pool +
                         " (poolname) is erasure-coded and keeps no directories; "
                         "choose a replicated one");
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
        BERTH_WRONG_STATE,
        "the connection to the cluster belongs to the process that called fork(); open "
        "the store again in the child");
  if (exiting)
    throw sdk::Error(BERTH_WRONG_STATE,
                     "the program is exiting and librados cannot be used any more; use the store "
                     "before main() returns");
}

// By its number, since a pool may be renamed. librados asks the monitors only when the pool is not
// in the map that it has.
void Session::require_pool() const {
  std::array<char, 256> name{};
  const int code =
      rados_pool_reverse_lookup(cluster_, rados_ioctx_get_id(io_), name.data(), name.size());
  if (code != -ENOENT) return;
  throw sdk::Error(BERTH_UNKNOWN, "pool " + settings_.pool +
                                      " was deleted while the store was open, with all its objects")
      .os_errno(ENOENT)
      .protocol_status(code);
}

std::string Session::monitors() const {
  std::array<char, 1024> text{};
  if (rados_conf_get(cluster_, "mon_host", text.data(), text.size()) < 0) return "?";
  return text.data();
}

// Nobody has the turn if it did not come in time.
class Session::Turn {
 public:
  Turn(Asking& asking, std::chrono::seconds time) : asking_(asking) {
    std::unique_lock guard(asking_.lock);
    mine_ = asking_.changed.wait_for(guard, time, [&] { return !asking_.busy; });
    if (mine_) asking_.busy = true;
  }
  ~Turn() {
    if (!mine_) return;
    const std::lock_guard guard(asking_.lock);
    asking_.busy = false;
    asking_.changed.notify_one();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  explicit operator bool() const noexcept { return mine_; }

 private:
  Asking& asking_;
  bool mine_ = false;
};

int Session::ask_primary(const std::string& object, std::string& answer) const {
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

// What is behind "no answer": " from osd.0", or what else is known. librados looks at its time-out
// for the monitors when a command begins; that is in whole seconds, so less than one is no time.
std::string Session::silent_osd(const std::string& object, const sdk::Call& call) const {
  using std::chrono::seconds;
  const auto time_left = [&] {
    const auto most = std::chrono::ceil<seconds>(settings_.mon_timeout);
    return std::min(most, std::chrono::floor<seconds>(call.remaining()));
  };
  const Turn turn(asking_, time_left());
  const seconds time = time_left();
  if (!turn || time.count() == 0 || call.cancelled()) return {};
  const std::string seconds_text = std::to_string(time.count());
  if (rados_conf_set(cluster_, "rados_mon_op_timeout", seconds_text.c_str()) < 0) return {};
  std::string answer;
  if (ask_primary(object, answer) == -ETIMEDOUT) return " and none from the monitors " + monitors();
  constexpr std::string_view key = "\"acting_primary\":";
  const std::size_t at = answer.find(key);
  if (at == answer.npos) return {};
  const long number = std::strtol(answer.c_str() + at + key.size(), nullptr, 10);
  return number < 0 ? ", since no OSD serves it," : " from osd." + std::to_string(number);
}

sdk::Error Session::no_answer(const std::string& object, const sdk::Call& call) const {
  return sdk::Error(BERTH_UNAVAILABLE, "no answer about object " + object + " in pool " +
                                           settings_.pool + silent_osd(object, call) +
                                           " within osdtimeout (" + seconds(settings_.osd_timeout) +
                                           " s)")
      .os_errno(ETIMEDOUT)
      .protocol_status(-ETIMEDOUT)
      .retryable();
}

std::string Session::reason(int code) const {
  switch (-code) {
    case ETIMEDOUT:
      return "no answer within osdtimeout (" + seconds(settings_.osd_timeout) + " s)";
    case ENAMETOOLONG:
      return "the name is longer than the cluster allows (osd_max_object_name_len, usually 2048)";
    case EFBIG:
    case EMSGSIZE:
      return "the chunk is larger than the cluster allows (osd_max_object_size, "
             "osd_max_write_size); choose a smaller chunksize";
    case EPERM:
    case EACCES:
      return "client." + (settings_.user.empty() ? "admin" : settings_.user) +
             " may not do this; it needs the OSD capability \"allow rwx pool=" + settings_.pool +
             "\"";
    case ESHUTDOWN:
      return "the cluster has blocklisted this client; open the store again";
    case EOPNOTSUPP:
      return "the pool cannot do this; an erasure-coded pool keeps no directories";
    default:
      return std::generic_category().message(-code);
  }
}

sdk::Error Session::error(int code, const std::string& what, std::string_view object) const {
  sdk::Error error(status_of(code), what + " object " + std::string(object) + " in pool " +
                                        settings_.pool + ": " + reason(code));
  error.os_errno(-code).protocol_status(code).retryable(status_of(code) == BERTH_UNAVAILABLE);
  return error;
}

}  // namespace berth::rados
