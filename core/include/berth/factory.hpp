// SPDX-License-Identifier: Apache-2.0
//
// factory: stores by driver name. Which drivers exist is decided by what lies in the plugin
// folders; an unknown name rescans them, so a driver dropped in while the program runs is found.
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

// What was decided about one file in a plugin folder.
enum class Verdict {
  usable,              // holds drivers that create() offers
  not_a_plugin,        // a foreign file: no driver of ours in it
  unreadable,          // cannot be opened or is not a regular file
  malformed,           // damaged or truncated
  wrong_architecture,  // made for another machine
  wrong_abi,           // made for another major of the ABI
  untrusted,           // owner or permissions would let others replace it
  lock_mismatch,       // its digest is not the one in the lock file
  shadowed,            // an earlier folder holds a driver of that name
  duplicate,           // another file of the same folder holds a driver of that name
  failed,              // could not be loaded or initialised
};
BERTH_API std::string_view to_string(Verdict verdict) noexcept;  // "usable", "not a plugin", ...

// One row of a scan.
struct Candidate {
  std::filesystem::path path;
  Verdict verdict = Verdict::not_a_plugin;
  std::string reason;                // one sentence; empty when usable
  std::vector<std::string> drivers;  // names found in it, also of a shadowed file
};

// Where plugins are searched. Earlier folders win. Folders that are not absolute are refused.
struct PluginSearch {
  // Searched in this order; empty: $BERTH_DRIVER_PATH (colon-separated; ignored when set-uid), then
  // the folder of the installation.
  std::vector<std::filesystem::path> directories;
  bool allow_untrusted = false;     // also load what others could replace
  std::filesystem::path lock_file;  // JSON object: file name -> SHA-256 in hex; empty: none
};

// Limits of one store, beside what its driver declares.
struct StoreOptions {
  std::string name;  // for errors and logs; empty: the driver's name
  // Calls at once, but for those of open streams and walks; the driver may declare less. 0: what
  // the driver declares.
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
  bool clamped = false;  // below the minimum, the minimum is taken
  bool path = false;     // a local file or folder: in a config, relative to the config file
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
  std::vector<std::string> operations;  // optional ones that the driver has natively
  std::vector<ParameterInfo> parameters;
};

namespace factory {

// Opens a store. parameters: a JSON object, keys as in the driver's README.
// Throws InvalidStorageDriverError for an unknown name, InvalidParametersError for wrong parameters
// (all of them at once), else what the driver reports.
BERTH_API Store create(std::string_view name, const nlohmann::json& parameters);
BERTH_API Store create(std::string_view name, const nlohmann::json& parameters,
                       const StoreOptions& options);

// Adds a driver of this process. It must live for ever. A table that lacks required functions, or a
// name that exists, is a programming error: aborts with a text on stderr.
BERTH_API void register_driver(const berth_driver& driver);

// Sets where plugins are searched, for the whole process; drivers that are loaded stay.
BERTH_API void configure(const PluginSearch& search);

// Looks at every file of the plugin folders, without running any code of theirs.
BERTH_API std::vector<Candidate> scan();

// The folders that scan() looks at, in order.
BERTH_API std::vector<std::filesystem::path> directories();

// Loads (if need be) and describes a driver. Throws InvalidStorageDriverError.
BERTH_API DriverInfo describe(std::string_view name);

// Loads that very file as the source of its drivers, ahead of every folder (for `berth check
// --plugin`); returns the names it holds.
BERTH_API std::vector<std::string> load(const std::filesystem::path& plugin);

}  // namespace factory

// Calls shutdown of every driver, newest first. Optional. REQUIRES: all stores, readers and writers
// are gone; what is left open is reported in the log and its driver not shut down. Plugins are
// never unloaded.
BERTH_API void shutdown() noexcept;

}  // namespace berth
