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

// What is wrong at one place of a config file.
struct ConfigProblem {
  std::filesystem::path file;
  int line = 0, column = 0;  // from 1; 0: not known
  std::string pointer;       // RFC 6901: "/stores/archive/driver"
  std::string message;       // one sentence
  bool warning = false;      // works, but should not stay so
};
// "file:line:column: /pointer: message"
BERTH_API std::string to_string(const ConfigProblem& problem);

// How much the library and its drivers log, for the whole process: "trace", "debug", "info", "warn"
// (the start), "error", "off". Throws InvalidParametersError for anything else. The lines go to the
// spdlog logger "berth", which writes to stderr unless the program has registered one of that name.
// [any thread]
BERTH_API void set_log_level(std::string_view level);

// A checked config. Immutable; copies are cheap. [any thread]
class BERTH_API Config {
 public:
  // Reads and checks the file; throws InvalidParametersError that lists every problem.
  // Warnings go to the log. Secrets given as {"env": NAME} or {"file": PATH} are read when a store
  // is opened. Refuses a file owned by neither root nor the caller, or writable by others.
  static Config load(const std::filesystem::path& file);

  // $BERTH_CONFIG, else $XDG_CONFIG_HOME/berth/berth.json (~/.config), else /etc/berth/berth.json;
  // never the working directory. Throws InvalidParametersError that names the places when none
  // exists.
  static std::filesystem::path find();

  // Every problem and warning of the file, checking parameters against the drivers' rows as well;
  // empty: all is well. Opens no store.
  static std::vector<ConfigProblem> check(const std::filesystem::path& file);

  // Opens a store by its name in the file, after factory::configure() with the file's folders,
  // which counts for the whole process: of two configs, give both the same ones. An empty name is
  // the default store. An unknown name is an InvalidParametersError with the nearest one.
  Store open(std::string_view store_name = {}) const;

  // The same stores with plugins searched elsewhere, as `berth --plugins` does.
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
