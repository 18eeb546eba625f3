// SPDX-License-Identifier: Apache-2.0
//
// The services that a driver gets from the host, and the two ends of its life.
#include "binding/driver.hpp"

#include <algorithm>
#include <exception>
#include <string_view>
#include <utility>

#include <berth/errors.hpp>

#include "binding/exit.hpp"
#include "binding/failure.hpp"
#include "discovery/printable.hpp"
#include "model/log.hpp"

namespace berth::binding {
namespace {

model::LogLevel to_level(std::int32_t level) {
  if (level <= BERTH_LOG_TRACE) return model::LogLevel::trace;
  return level >= BERTH_LOG_ERROR ? model::LogLevel::error : static_cast<model::LogLevel>(level);
}

bool same_version(const struct stat& a, const struct stat& b) noexcept {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

std::string_view log_line(berth_str text) {
  if (text.data == nullptr) return {};
  return {text.data, std::min<std::size_t>(text.size, BERTH_MAX_LOG_BYTES)};
}

std::int32_t host_log_enabled(const berth_host*, std::int32_t level) noexcept {
  return model::log_enabled(to_level(level)) ? 1 : 0;
}

void host_log(const berth_host* host, std::int32_t level, berth_str text) noexcept {
  if (host == nullptr) return;
  model::log(to_level(level), static_cast<const Driver*>(host->host_data)->name(), log_line(text));
}

const void* host_extension(const berth_host*, const char*) noexcept {
  return nullptr;
}

std::unique_ptr<model::Limit> make_turns(const DriverTable& table) {
  return std::make_unique<model::Limit>(
      table.driver.thread_model == BERTH_THREADS_SERIAL_DRIVER ? 1U : 0U);
}

}  // namespace

Driver::Driver(DriverTable table, std::filesystem::path file)
    : table_(std::move(table)),
      name_(table_.driver.name),
      file_(std::move(file)),
      turns_(make_turns(table_)) {
  ::stat(file_.c_str(), &loaded_);
  host_.struct_size = sizeof host_;
  host_.abi_major = BERTH_ABI_MAJOR;
  host_.abi_minor = BERTH_ABI_MINOR;
  host_.host_data = this;
  host_.name = "berth";
  host_.version = BERTH_VERSION;
  host_.log_enabled = &host_log_enabled;
  host_.log = &host_log;
  host_.extension = &host_extension;
}

// A file that is gone was not replaced: the driver runs on.
bool Driver::file_replaced() const noexcept {
  struct stat now {};
  return !file_.empty() && ::stat(file_.c_str(), &now) == 0 && !same_version(loaded_, now);
}

void Driver::warn_when_replaced() noexcept {
  if (warned_ || !file_replaced() || warned_.exchange(true)) return;
  try {
    model::log(model::LogLevel::warn, name_,
               discovery::printable(file_) +
                   " was replaced since it was loaded; the driver runs on as it was until the "
                   "program is started again");
  } catch (...) {  // a line that cannot be made is lost
  }
}

void Driver::init() {
  if (state_ == State::ready) return;
  if (state_ != State::loaded) refuse();
  berth_error error{};
  error.struct_size = sizeof error;
  const berth_status status = ops().init == nullptr ? BERTH_STATUS_OK : ops().init(&host_, &error);
  if (status == BERTH_STATUS_OK) {
    state_ = State::ready;
    return;
  }
  try {
    throw_failure({name_, {}, "init", {}}, status, error);
  } catch (const std::exception& failure) {
    reason_ = std::string("its init failed, and it is not tried again in this process: ") +
              failure.what();
  }
  state_ = State::refused;
  refuse();
}

bool Driver::shutdown() noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::ready) return true;
    if (stores_ != 0) return false;
    state_ = State::down;
  }
  if (ops().shutdown != nullptr) ops().shutdown();
  return true;
}

void Driver::watch_exit() {
  std::call_once(exit_watched_, &binding::watch_exit);
}

void Driver::enter() {
  const std::lock_guard lock(mutex_);
  if (state_ != State::ready) refuse();
  ++stores_;
}

void Driver::leave() noexcept {
  const std::lock_guard lock(mutex_);
  --stores_;
}

void Driver::before_fork() {
  mutex_.lock();
  readers_.lock_all();
  writers_.lock_all();
}

void Driver::after_fork_in_parent() {
  writers_.unlock_all();
  readers_.unlock_all();
  mutex_.unlock();
}

// The turn may have been another thread's.
void Driver::after_fork_in_child() {
  after_fork_in_parent();
  abandon(turns_.release());
  turns_ = make_turns(table_);
}

void Driver::refuse() const {
  const std::string where =
      file_.empty() ? "the driver of this process" : discovery::printable(file_);
  throw InvalidStorageDriverError(
      name_, where + ": " +
                 (state_ == State::down ? "it was shut down, which cannot be undone" : reason_));
}

}  // namespace berth::binding
