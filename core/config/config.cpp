// SPDX-License-Identifier: Apache-2.0
//
// Config: loads, finds and opens. The text is judged in document.cpp, the drivers' rows are asked
// in row_check.cpp.
#include <berth/config.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <berth/errors.hpp>

#include "config/document.hpp"
#include "config/private_file.hpp"
#include "config/problems.hpp"
#include "config/relative_paths.hpp"
#include "config/row_check.hpp"
#include "config/secrets.hpp"
#include "model/log.hpp"
#include "model/nearest.hpp"

namespace berth {
namespace {

namespace fs = std::filesystem;

// What a file came to, whether it can be read or not.
struct Loaded {
  fs::path file;
  config::FileText content;
  config::Parsed parsed;
};

Loaded load_file(const fs::path& file) {
  Loaded loaded{.file = fs::absolute(file).lexically_normal()};
  try {
    loaded.content = config::read_config_file(loaded.file);
    loaded.parsed = config::parse(loaded.content.text, loaded.file);
  } catch (const config::FileRefused& refused) {
    loaded.parsed.problems.push_back(
        {.file = loaded.file, .message = std::string("the file ") + refused.what()});
  }
  return loaded;
}

[[noreturn]] void throw_parameters(std::string message, std::string driver = {},
                                   std::string store = {}) {
  throw InvalidParametersError(ErrorDetail{
      .driver = std::move(driver), .store = std::move(store), .message = std::move(message)});
}

bool is_at(const ConfigProblem& problem, const std::string& pointer) {
  return !problem.warning && problem.pointer.starts_with(pointer) &&
         (problem.pointer.size() == pointer.size() || problem.pointer[pointer.size()] == '/');
}

// Also of a key at the top that was meant to be "plugins".
bool is_about_plugins(const ConfigProblem& problem) {
  if (problem.warning || !problem.pointer.starts_with('/')) return false;
  const auto key = problem.pointer.substr(1, problem.pointer.find('/', 1) - 1);
  const std::array known{std::string("plugins")};
  return key == known.front() || !model::nearest_name(key, known).empty();
}

// Drops what cannot be judged further; an error elsewhere does not keep the other stores from it.
void keep_sound_stores(config::Document& document, const std::vector<ConfigProblem>& problems) {
  const auto has_error = [&](const std::string& pointer) {
    return std::any_of(problems.begin(), problems.end(),
                       [&](const auto& problem) { return is_at(problem, pointer); });
  };
  // Then any driver may be missing.
  const bool blind = std::any_of(problems.begin(), problems.end(), is_about_plugins);
  std::erase_if(document.stores, [&](const auto& store) {
    return blind || has_error("/stores/" + config::escape_pointer(store.first));
  });
}

std::string all_errors(const std::vector<ConfigProblem>& problems) {
  std::string text;
  for (const auto& problem : problems) {
    if (!problem.warning) text += (text.empty() ? "" : "\n") + to_string(problem);
  }
  return text;
}

// Empty where the environment must not be believed, as in a set-uid program.
std::string trusted_environment(const char* name) {
  const char* value = ::secure_getenv(name);
  return value == nullptr ? "" : value;
}

// XDG wants absolute paths and everything else ignored.
fs::path user_config() {
  fs::path base = trusted_environment("XDG_CONFIG_HOME");
  if (!base.is_absolute()) {
    const fs::path home = trusted_environment("HOME");
    if (!home.is_absolute()) return {};
    base = home / ".config";
  }
  return base / "berth" / "berth.json";
}

// A file that we may not see is there all the same: reading it will say why not.
bool is_there(const fs::path& file) {
  std::error_code error;
  return fs::status(file, error).type() != fs::file_type::not_found;
}

// The store with its secrets read and its paths made absolute.
Store create(const config::StoreEntry& entry, const fs::path& folder) {
  try {
    const auto resolved = config::resolve_references(entry.parameters, folder);
    const auto driver = factory::describe(entry.driver);
    return factory::create(entry.driver, config::with_absolute_paths(resolved, driver, folder),
                           entry.options);
  } catch (const config::SecretMissing& missing) {
    throw_parameters("store " + entry.options.name + ": " + missing.what(), entry.driver,
                     entry.options.name);
  }
}

void warn_of_clear_secrets(const config::StoreEntry& entry, const fs::path& file) {
  const auto driver = factory::describe(entry.driver);
  for (const auto& pointer : config::clear_secrets(entry.parameters, driver)) {
    model::log(model::LogLevel::warn, file.string() + ": store " + entry.options.name + ": " +
                                          pointer.substr(1) +
                                          " is a secret in clear text in a file that everybody "
                                          "may read; chmod go-r the file");
  }
}

}  // namespace

void set_log_level(std::string_view level) {
  if (!model::set_log_level(level)) {
    throw_parameters("unknown log level \"" + std::string(level) +
                     "\"; it is trace, debug, info, warn, error or off");
  }
}

struct config::LoadedConfig {
  fs::path file;
  bool world_readable = false;
  Document document;
};

Config::Config(std::shared_ptr<const config::LoadedConfig> data) : data_(std::move(data)) {}

Config Config::load(const fs::path& file) {
  auto loaded = load_file(file);
  const auto& problems = loaded.parsed.problems;
  if (config::has_error(problems)) throw_parameters(all_errors(problems));
  for (const auto& problem : problems) model::log(model::LogLevel::warn, to_string(problem));
  return Config(std::make_shared<const config::LoadedConfig>(config::LoadedConfig{
      std::move(loaded.file), loaded.content.world_readable, std::move(loaded.parsed.document)}));
}

fs::path Config::find() {
  if (auto named = trusted_environment("BERTH_CONFIG"); !named.empty()) return named;
  const fs::path user = user_config(), system = "/etc/berth/berth.json";
  if (!user.empty() && is_there(user)) return user;
  if (is_there(system)) return system;
  throw_parameters("no config file: $BERTH_CONFIG is not set, and there is neither " +
                   (user.empty() ? std::string("a home directory") : user.string()) + " nor " +
                   system.string());
}

std::vector<ConfigProblem> Config::check(const fs::path& file) {
  auto loaded = load_file(file);
  auto problems = std::move(loaded.parsed.problems);
  keep_sound_stores(loaded.parsed.document, problems);
  if (loaded.parsed.document.stores.empty()) return problems;
  auto more = config::check_rows(loaded.parsed.document, loaded.content, loaded.file);
  problems.insert(problems.end(), std::make_move_iterator(more.begin()),
                  std::make_move_iterator(more.end()));
  std::stable_sort(problems.begin(), problems.end(), [](const auto& a, const auto& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  return problems;
}

Config Config::with_plugins(PluginSearch plugins) const {
  auto data = *data_;
  data.document.plugins = std::move(plugins);
  return Config(std::make_shared<const config::LoadedConfig>(std::move(data)));
}

Store Config::open(std::string_view store_name) const {
  const auto& document = data_->document;
  const auto& name = store_name.empty() ? document.default_store : std::string(store_name);
  if (name.empty()) {
    throw_parameters(data_->file.string() +
                     " names no default store; name the store that is meant, or add \"default\"");
  }
  const auto found = document.stores.find(name);
  if (found == document.stores.end()) {
    throw_parameters("there is no store \"" + name + "\" in " + data_->file.string() +
                     model::did_you_mean(name, store_names()));
  }
  factory::configure(document.plugins);
  if (data_->world_readable) warn_of_clear_secrets(found->second, data_->file);
  return create(found->second, data_->file.parent_path());
}

std::vector<std::string> Config::store_names() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : data_->document.stores) names.push_back(name);
  return names;
}

const std::string& Config::default_store() const {
  return data_->document.default_store;
}
const PluginSearch& Config::plugins() const {
  return data_->document.plugins;
}
const std::string& Config::log_level() const {
  return data_->document.log_level;
}

}  // namespace berth
