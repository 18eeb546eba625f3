// SPDX-License-Identifier: Apache-2.0
//
// What every command gets: the global options, the config, the output, and the stop token.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <berth/config.hpp>
#include <berth/store.hpp>

#include "cli/file_tree.hpp"
#include "cli/output.hpp"
#include "cli/place.hpp"

namespace berth::cli {

struct Globals {
  std::string config;
  std::vector<std::string> plugins;
  bool json = false;
  bool verbose = false;
  bool quiet = false;  // no progress, no summary
};

class Session {
 public:
  explicit Session(std::stop_token stop) : stop_(std::move(stop)) {}

  Globals globals;
  Output out;

  std::stop_token stop() const { return stop_; }
  CallOptions call() const { return {.stop = stop_}; }

  std::filesystem::path config_file() const;   // --config, else what Config::find says
  const Config& config();                      // loaded once, with --plugins applied
  Store open(const std::string& store_name);   // empty: the default one
  Store store(const std::string& store_name);  // the same, opened by the first call only
  std::unique_ptr<FileTree> files(const Place& place, bool follow = false);

  // Configures where plugins are searched, for commands that open no store: --plugins, else what
  // the config says if there is one.
  void configure_plugins();

  // Says what failed, on stderr and with --json on stdout too. [any thread]
  void report(const std::exception& error, const std::string& place = {});

 private:
  std::optional<PluginSearch> overridden() const;

  std::stop_token stop_;
  std::optional<Config> config_;
  std::map<std::string, Store> stores_;
};

// The message for stderr, without the name of the command.
std::string explanation_of(const std::exception& error);

// {"error": TEXT, "exit": CODE, ...} with what else is known of it.
nlohmann::json error_json(const std::exception& error);

}  // namespace berth::cli
