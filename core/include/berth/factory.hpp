// SPDX-License-Identifier: Apache-2.0
//
// factory: opens stores by driver name. The available drivers are those in the plugin folders. An
// unknown name scans the folders again, so a driver that is added while the program runs is found.
// [any thread]
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <berth/driver.h>
#include <berth/export.hpp>
#include <berth/store.hpp>

namespace berth {

// The result of checking one file in a plugin folder.
enum class Verdict {
  usable,              // contains drivers that create() can use
  not_a_plugin,        // contains no Berth driver
  unreadable,          // cannot be opened or is not a regular file
  malformed,           // damaged or truncated
  wrong_architecture,  // built for another architecture
  wrong_abi,           // built for another major version of the ABI
  untrusted,           // other users could replace it
  lock_mismatch,       // its digest differs from the lock file
  shadowed,            // an earlier folder has a driver of that name
  duplicate,           // another file in the same folder has a driver of that name
  failed,              // could not be loaded or initialised
};
BERTH_API std::string_view to_string(Verdict verdict) noexcept;  // "usable", "not a plugin", ...

// One row of a scan.
struct Candidate {
  std::filesystem::path path;
  Verdict verdict = Verdict::not_a_plugin;
  std::string reason;                // one sentence; empty when usable
  std::vector<std::string> drivers;  // names of the drivers in it, also if it is shadowed
};

// Where plugins are searched. Earlier folders take precedence. Relative folders are rejected.
struct PluginSearch {
  // In this order. Default: $BERTH_DRIVER_PATH (colon-separated; ignored when set-uid), then
  // the folder of the installation.
  std::vector<std::filesystem::path> directories;
  bool allow_untrusted = false;     // also load plugins that other users could replace
  std::filesystem::path lock_file;  // JSON object: file name -> SHA-256 in hex; empty: none
};

// Limits of one store, in addition to those of its driver.
struct StoreOptions {
  std::string name;  // for errors and logs; empty: the driver's name
  // Maximum number of concurrent calls, not counting those of open streams and walks. The driver
  // may have a lower limit. 0: the limit of the driver.
  std::uint32_t parallel = 0;
  std::optional<std::chrono::milliseconds> deadline;  // default for each call
  bool registry_paths = false;  // enforce the registry's path expression, [A-Za-z0-9._-]
};

// One row of a driver's parameters, as `berth describe` prints them.
struct ParameterInfo {
  std::string key;
  std::string type;  // "text", "boolean", "integer", "bytes", "duration"
  bool required = false;
  bool secret = false;
  bool deprecated = false;
  bool clamped = false;  // values below the minimum are raised to it
  bool path = false;     // a local file or folder; in a config, relative to the config file
  std::optional<std::string> default_value;
  std::string help;
  std::vector<std::string> choices;
  std::optional<std::int64_t> minimum, maximum;
};

struct DriverInfo {
  std::string name, version, vendor, summary;
  std::string abi;                      // "1.0"
  std::string thread_model;             // "parallel", "one call per store", "one call per driver"
  std::filesystem::path file;           // empty: registered in process
  std::vector<std::string> operations;  // optional operations that the driver implements itself
  std::vector<ParameterInfo> parameters;
};

namespace factory {

// Opens a store. parameters: a JSON object, keys as in the driver's README.
// Throws InvalidStorageDriverError for an unknown name, InvalidParametersError that lists all
// invalid parameters, or the error that the driver reports.
BERTH_API Store create(std::string_view name, const nlohmann::json& parameters);
BERTH_API Store create(std::string_view name, const nlohmann::json& parameters,
                       const StoreOptions& options);

// Adds a driver that is part of the program. `driver` must never be destroyed. Aborts with a
// message on standard error if the table lacks required functions or the name is taken.
BERTH_API void register_driver(const berth_driver& driver);

// Sets where plugins are searched, for the whole process. Loaded drivers stay loaded.
BERTH_API void configure(const PluginSearch& search);

// Inspects every file in the plugin folders without running any of their code.
BERTH_API std::vector<Candidate> scan();

// The folders that scan() searches, in order.
BERTH_API std::vector<std::filesystem::path> directories();

// Describes a driver; loads it first if necessary. Throws InvalidStorageDriverError.
BERTH_API DriverInfo describe(std::string_view name);

// Loads exactly this file, which then takes precedence over all folders for its drivers (for `berth
// check --plugin`). Returns the names of its drivers.
BERTH_API std::vector<std::string> load(const std::filesystem::path& plugin);

}  // namespace factory

// Calls shutdown of every driver, newest first. Optional. REQUIRES: all stores, readers and writers
// are destroyed. A driver that still has an open store is logged and not shut down. Plugins are
// never unloaded.
BERTH_API void shutdown() noexcept;

}  // namespace berth
