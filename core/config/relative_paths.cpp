// SPDX-License-Identifier: Apache-2.0
//
// Keys are matched as the check of parameters matches them: nested ones with dots, without case.
// Depth is bounded by JsonIndex::max_depth, so recursion over a checked document is safe.
#include "config/relative_paths.hpp"

#include <algorithm>
#include <string>

#include <nlohmann/json.hpp>

#include "model/lower_case.hpp"

namespace berth::config {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

bool is_path(const DriverInfo& driver, const std::string& key) {
  return std::any_of(driver.parameters.begin(), driver.parameters.end(), [&](const auto& row) {
    return row.path && model::lower_case(row.key) == model::lower_case(key);
  });
}

void make_absolute(json& object, const std::string& prefix, const DriverInfo& driver,
                   const fs::path& folder) {
  for (auto& [name, value] : object.items()) {
    const std::string key = prefix + name;
    if (value.is_object())
      make_absolute(value, key + ".", driver, folder);
    else if (value.is_string() && !value.get_ref<const std::string&>().empty() &&
             is_path(driver, key))
      value = (folder / value.get<std::string>()).lexically_normal().string();
  }
}

}  // namespace

json with_absolute_paths(const json& parameters, const DriverInfo& driver, const fs::path& folder) {
  json absolute = parameters;
  make_absolute(absolute, "", driver, folder);
  return absolute;
}

}  // namespace berth::config
