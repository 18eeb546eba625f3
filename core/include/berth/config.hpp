// SPDX-License-Identifier: Apache-2.0
//
// Config: stores by name from one JSON file (comments allowed). README.md has the format.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <berth/export.hpp>
#include <berth/factory.hpp>
#include <berth/store.hpp>

namespace berth {

namespace config {
struct LoadedConfig;
}

// One problem in a config file.
struct ConfigProblem {
  std::filesystem::path file;
  int line = 0, column = 0;  // from 1; 0: unknown
  std::string pointer;       // RFC 6901: "/stores/archive/driver"
  std::string message;       // one sentence
  bool warning = false;      // it works, but should be changed
};
// "file:line:column: /pointer: message"
BERTH_API std::string to_string(const ConfigProblem& problem);

// Sets the log level of the library and its drivers for the whole process: "trace", "debug",
// "info", "warn" (default), "error", "off". Throws InvalidParametersError for anything else. The
// lines go to the spdlog logger "berth", which writes to stderr unless the program has registered
// one of that name. [any thread]
BERTH_API void set_log_level(std::string_view level);

// A checked config. Immutable; copies are cheap. [any thread]
class BERTH_API Config {
 public:
  // Reads and checks the file; throws InvalidParametersError that lists every problem.
  // Warnings go to the log. Secrets given as {"env": NAME} or {"file": PATH} are read when a store
  // is opened. Refuses a file owned by neither root nor the caller, or writable by others.
  static Config load(const std::filesystem::path& file);

  // $BERTH_CONFIG, else $XDG_CONFIG_HOME/berth/berth.json (~/.config), else /etc/berth/berth.json;
  // never the working directory. Throws InvalidParametersError that lists these files if none
  // exists.
  static std::filesystem::path find();

  // Every problem and warning of the file, including invalid parameters; empty: no problems. Opens
  // no store.
  static std::vector<ConfigProblem> check(const std::filesystem::path& file);

  // Opens a store by its name in the file; an empty name is the default store. Calls
  // factory::configure() with the folders of the file, which applies to the whole process, so two
  // configs should have the same folders. An unknown name throws InvalidParametersError that
  // suggests the nearest name.
  Store open(std::string_view store_name = {}) const;

  // The same stores with other plugin folders, as `berth --plugins` does.
  Config with_plugins(PluginSearch plugins) const;

  std::vector<std::string> store_names() const;  // sorted
  const std::string& default_store() const;      // may be empty
  const PluginSearch& plugins() const;
  const std::string& log_level() const;  // for set_log_level(), which load() does not call

 private:
  explicit Config(std::shared_ptr<const config::LoadedConfig> data);
  std::shared_ptr<const config::LoadedConfig> data_;
};

}  // namespace berth
