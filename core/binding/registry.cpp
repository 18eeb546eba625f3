// SPDX-License-Identifier: Apache-2.0
//
// Looking up, loading and shutting down.
#include "binding/registry.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <utility>

#include <berth/errors.hpp>

#include "binding/exit.hpp"
#include "binding/explain.hpp"
#include "binding/fork.hpp"
#include "binding/library.hpp"
#include "discovery/printable.hpp"
#include "model/log.hpp"

namespace berth::binding {
namespace {

bool holds(const Candidate& candidate, std::string_view name) {
  return std::find(candidate.drivers.begin(), candidate.drivers.end(), name) !=
         candidate.drivers.end();
}

[[noreturn]] void abort_with(const std::string& text) {
  std::fprintf(stderr, "berth: register_driver: %s\n", text.c_str());
  std::abort();
}

DriverTable accept_or_abort(const berth_driver& driver) {
  try {
    return accept(&driver, {});
  } catch (const Refused& refused) {
    abort_with(std::string("the driver is refused: ") + refused.what());
  }
}

}  // namespace

Registry& Registry::of_process() {
  static auto* const only = [] {
    auto* const made = new Registry;  // drivers' threads may outlive main()
    watch_fork();
    return made;
  }();
  return *only;
}

Driver* Registry::known(std::string_view name) const {
  const std::lock_guard lock(lookup_);
  const auto at = drivers_.find(name);
  return at == drivers_.end() ? nullptr : at->second.get();
}

Driver& Registry::insert(std::unique_ptr<Driver> driver) {
  const std::lock_guard lock(lookup_);
  Driver& kept = *driver;
  drivers_.emplace(kept.name(), std::move(driver));
  return kept;
}

Driver& Registry::find(std::string_view name) {
  if (Driver* const driver = known(name)) return *driver;
  const std::lock_guard loading(lifecycle_);
  if (Driver* const driver = known(name)) return *driver;  // another thread was first
  require_loadable(name);
  return load_from_folders(std::string(name));
}

Driver& Registry::ready(std::string_view name) {
  Driver& driver = find(name);
  driver.warn_when_replaced();
  if (driver.ready()) return driver;
  const std::lock_guard loading(lifecycle_);
  if (driver.ready()) return driver;
  require_loadable(name);
  driver.init();
  initialised_.push_back(&driver);
  return driver;
}

Driver& Registry::load_from_folders(const std::string& name) {
  const PluginSearch where = search();
  const std::vector<discovery::PluginFile> files = discovery::scan(where);
  for (const discovery::PluginFile& plugin : files)
    if (plugin.candidate.verdict == Verdict::usable && holds(plugin.candidate, name))
      return load_from(plugin, name);
  throw InvalidStorageDriverError(
      name, explain_unknown(name, discovery::search_directories(where), files, names()));
}

Driver& Registry::load_from(const discovery::PluginFile& plugin, const std::string& name) {
  const std::filesystem::path& path = plugin.candidate.path;
  try {
    const berth_driver* const exported = load_driver(plugin.file, name);
    if (exported == nullptr) throw Refused("it does not export berth_driver_v1_" + name);
    Driver& driver = insert(std::make_unique<Driver>(accept(exported, name), path));
    forget_failure(path, name);
    return driver;
  } catch (const Refused& refused) {
    remember_failure(path, name, refused.what());
    throw InvalidStorageDriverError(name,
                                    discovery::printable(path) + ": refused: " + refused.what());
  } catch (const LoadError& error) {
    remember_failure(path, name, error.what());
    throw InvalidStorageDriverError(
        name, discovery::printable(path) + ": cannot be loaded: " + error.what());
  }
}

void Registry::remember_failure(const std::filesystem::path& plugin, const std::string& name,
                                const std::string& reason) {
  const std::lock_guard lock(lookup_);
  failures_[plugin] = {name, reason};
}

// The file was repaired.
void Registry::forget_failure(const std::filesystem::path& plugin, const std::string& name) {
  const std::lock_guard lock(lookup_);
  const auto failure = failures_.find(plugin);
  if (failure != failures_.end() && failure->second.driver == name) failures_.erase(failure);
}

std::vector<std::string> Registry::load(const std::filesystem::path& plugin) {
  const discovery::PluginFile file = discovery::inspect(plugin, search());
  const Candidate& candidate = file.candidate;
  if (candidate.verdict != Verdict::usable)
    throw InvalidStorageDriverError(discovery::printable(plugin.filename()),
                                    explain_candidate(candidate));
  const std::lock_guard loading(lifecycle_);
  for (const std::string& name : candidate.drivers) {
    const Driver* const before = known(name);
    if (before != nullptr)
      throw InvalidStorageDriverError(
          name,
          discovery::printable(candidate.path) +
              ": a driver of that name is in use already, from " +
              (before->file().empty() ? "this process" : discovery::printable(before->file())) +
              (before->file_replaced()
                   ? ", which was replaced since; start the program again to use "
                     "the new one"
                   : ""));
  }
  for (const std::string& name : candidate.drivers) load_from(file, name);
  return candidate.drivers;
}

void Registry::add(const berth_driver& driver) {
  DriverTable table = accept_or_abort(driver);
  const std::lock_guard loading(lifecycle_);
  if (known(table.driver.name) != nullptr)
    abort_with("a driver named \"" + std::string(table.driver.name) + "\" exists already");
  insert(std::make_unique<Driver>(std::move(table), std::filesystem::path()));
}

PluginSearch Registry::search() const {
  const std::lock_guard lock(lookup_);
  return search_;
}

void Registry::configure(PluginSearch search) {
  const std::lock_guard lock(lookup_);
  search_ = std::move(search);
}

std::vector<std::filesystem::path> Registry::directories() const {
  return discovery::search_directories(search());
}

std::vector<Candidate> Registry::scan() const {
  std::vector<Candidate> rows;
  for (discovery::PluginFile& plugin : discovery::scan(search()))
    rows.push_back(std::move(plugin.candidate));
  const std::lock_guard lock(lookup_);
  for (Candidate& row : rows) {
    const auto failure = failures_.find(row.path);
    if (row.verdict != Verdict::usable || failure == failures_.end()) continue;
    if (!holds(row, failure->second.driver)) continue;  // another plugin lies there now
    row.verdict = Verdict::failed;
    row.reason = failure->second.reason;
  }
  return rows;
}

std::vector<std::string> Registry::names() const {
  const std::lock_guard lock(lookup_);
  std::vector<std::string> all;
  for (const auto& [name, driver] : drivers_) all.push_back(name);
  return all;
}

// Loading runs a driver's code and may take long, so a fork does not wait for it.
void Registry::before_fork() {
  held_at_fork_ = lifecycle_.try_lock();
  lookup_.lock();
  for (const auto& [name, driver] : drivers_) driver->before_fork();
}

void Registry::after_fork_in_parent() {
  for (const auto& [name, driver] : drivers_) driver->after_fork_in_parent();
  lookup_.unlock();
  if (held_at_fork_) lifecycle_.unlock();
}

void Registry::after_fork_in_child() {
  for (const auto& [name, driver] : drivers_) driver->after_fork_in_child();
  lookup_.unlock();
  if (held_at_fork_) return lifecycle_.unlock();
  new (&lifecycle_) std::mutex;
  interrupted_by_fork_ = true;
}

void Registry::require_loadable(std::string_view name) const {
  if (interrupted_by_fork_)
    throw InvalidStorageDriverError(
        std::string(name),
        "another thread was loading a driver when this process was made by fork(), so no further "
        "driver can be loaded here; open the first store of each driver before fork()");
}

void Registry::shutdown() noexcept {
  if (at_exit()) return;  // too late: drivers may have lost their statics
  const std::lock_guard loading(lifecycle_);
  for (auto at = initialised_.rbegin(); at != initialised_.rend(); ++at) {
    if ((*at)->shutdown())
      *at = nullptr;
    else
      model::log(model::LogLevel::warn, (*at)->name(), "not shut down: stores are still open");
  }
  std::erase(initialised_, nullptr);
}

}  // namespace berth::binding
