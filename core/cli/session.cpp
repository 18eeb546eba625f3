// SPDX-License-Identifier: Apache-2.0
//
// Session: config and stores on demand, so that a command pays for what it uses.
#include "cli/session.hpp"

#include <filesystem>
#include <new>
#include <string_view>

#include <nlohmann/json.hpp>

#include <berth/errors.hpp>
#include <berth/factory.hpp>

#include "cli/exit_code.hpp"
#include "cli/text.hpp"

namespace berth::cli {
namespace {

constexpr std::string_view program_prefix = "berth: ";

}  // namespace

std::filesystem::path Session::config_file() const {
  return globals.config.empty() ? Config::find() : std::filesystem::path(globals.config);
}

std::optional<PluginSearch> Session::overridden() const {
  if (globals.plugins.empty()) return std::nullopt;
  PluginSearch search;
  for (const auto& folder : globals.plugins) {
    search.directories.push_back(std::filesystem::absolute(folder).lexically_normal());
  }
  return search;
}

const Config& Session::config() {
  if (!config_) {
    config_ = Config::load(config_file());
    if (const auto folders = overridden()) {
      auto search = config_->plugins();
      search.directories = folders->directories;
      config_ = config_->with_plugins(search);
    }
    set_log_level(globals.verbose ? "debug" : config_->log_level());
  }
  return *config_;
}

Store Session::open(const std::string& store_name) {
  return config().open(store_name);
}

Store Session::store(const std::string& store_name) {
  const auto known = stores_.find(store_name);
  if (known != stores_.end()) return known->second;
  return stores_.emplace(store_name, open(store_name)).first->second;
}

std::unique_ptr<FileTree> Session::files(const Place& place, bool follow) {
  if (place.local) return make_local_tree(follow, stop_);
  return make_store_tree(store(place.store), place.store, stop_);
}

void Session::configure_plugins() {
  if (globals.verbose) set_log_level("debug");
  if (!globals.config.empty()) return factory::configure(config().plugins());
  if (const auto folders = overridden()) return factory::configure(*folders);
  try {
    static_cast<void>(Config::find());
  } catch (const InvalidParametersError&) {
    return;  // no config: the factory's own defaults
  }
  factory::configure(config().plugins());
}

// stderr first: it is the place left when stdout cannot be written.
void Session::report(const std::exception& error, const std::string& place) {
  complain((place.empty() ? "" : printable(place) + ": ") + explanation_of(error));
  if (!globals.json) return;
  auto object = error_json(error);
  if (!place.empty()) object["place"] = place;
  out.json(object);
}

std::string explanation_of(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return "out of memory";
  std::string_view text = error.what();
  if (text.substr(0, program_prefix.size()) == program_prefix)
    text.remove_prefix(program_prefix.size());  // said once
  return std::string(text);
}

nlohmann::json error_json(const std::exception& error) {
  nlohmann::json object{{"error", explanation_of(error)},
                        {"exit", static_cast<int>(exit_code_of(error))}};
  const auto* ours = dynamic_cast<const Error*>(&error);
  if (ours == nullptr) return object;
  const auto add = [&object](const char* key, const std::string& value) {
    if (!value.empty()) object[key] = value;
  };
  add("driver", ours->driver());
  add("store", ours->store());
  add("path", ours->path());
  add("operation", ours->operation());
  add("service_code", ours->service_code());
  add("request_id", ours->request_id());
  object["retryable"] = ours->retryable();
  return object;
}

}  // namespace berth::cli
