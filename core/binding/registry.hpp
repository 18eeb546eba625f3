// SPDX-License-Identifier: Apache-2.0
//
// The drivers of the process, by name. Never destroyed. Two locks: one for looking up, held for
// moments, and one for loading, init and shutdown, which run code of drivers. [any thread]
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <berth/factory.hpp>

#include "binding/driver.hpp"
#include "discovery/scan.hpp"

namespace berth::binding {

class Registry {
 public:
  static Registry& of_process();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // The driver of that name; loads the one plugin that holds it when it is not known. Throws
  // InvalidStorageDriverError that tells what was searched and why each candidate was refused.
  Driver& find(std::string_view name);

  // The same, after its init.
  Driver& ready(std::string_view name);

  // A driver of this process; aborts when the table is wrong or the name exists.
  void add(const berth_driver& driver);

  // Loads that file's drivers, ahead of every folder.
  std::vector<std::string> load(const std::filesystem::path& plugin);

  void configure(PluginSearch search);
  std::vector<std::filesystem::path> directories() const;
  std::vector<Candidate> scan() const;
  std::vector<std::string> names() const;  // known ones, sorted

  void shutdown() noexcept;

  // Around fork(); see fork.hpp.
  void before_fork();
  void after_fork_in_parent();
  void after_fork_in_child();

 private:
  Registry() = default;
  void require_loadable(std::string_view name) const;

  Driver* known(std::string_view name) const;
  PluginSearch search() const;
  Driver& load_from_folders(const std::string& name);
  Driver& load_from(const discovery::PluginFile& plugin, const std::string& name);
  Driver& insert(std::unique_ptr<Driver> driver);
  void remember_failure(const std::filesystem::path& plugin, const std::string& name,
                        const std::string& reason);
  void forget_failure(const std::filesystem::path& plugin, const std::string& name);

  struct Failure {
    std::string driver, reason;
  };

  mutable std::mutex lookup_;  // all below but initialised_
  std::map<std::string, std::unique_ptr<Driver>, std::less<>> drivers_;
  std::map<std::filesystem::path, Failure> failures_;  // why loading failed last
  PluginSearch search_;

  std::mutex lifecycle_;  // taken before lookup_, never the other way
  std::vector<Driver*> initialised_;
  bool held_at_fork_ = false;         // lifecycle_, by the thread that forks
  bool interrupted_by_fork_ = false;  // a driver was being loaded in the parent; under lifecycle_
};

}  // namespace berth::binding
