// SPDX-License-Identifier: Apache-2.0
//
// The config file's text, checked: what it says, and every problem it has with its place.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <berth/config.hpp>
#include <berth/factory.hpp>

namespace berth::config {

struct StoreEntry {
  std::string driver;
  nlohmann::json parameters = nlohmann::json::object();  // as written; secrets not yet read
  StoreOptions options;                                  // name included
};

struct Document {
  PluginSearch plugins;
  std::string log_level = "warn";
  std::string default_store;
  std::map<std::string, StoreEntry, std::less<>> stores;
};

struct Parsed {
  Document document;
  std::vector<ConfigProblem> problems;  // the document is usable when none of them is an error
};

// Reads the text of a config that lies, or would lie, at `file` (absolute): relative plugin folders
// are relative to its folder. Opens nothing. Never throws for what the text is.
Parsed parse(std::string_view text, const std::filesystem::path& file);

}  // namespace berth::config
