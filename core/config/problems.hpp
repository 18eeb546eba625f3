// SPDX-License-Identifier: Apache-2.0
//
// What is wrong with a config, collected with places.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <berth/config.hpp>

#include "config/json_index.hpp"

namespace berth::config {

// Collects problems of one text, which is borrowed.
class Problems {
 public:
  Problems(std::filesystem::path file, std::string_view text);

  void at_value(const std::string& pointer, std::string message, bool warning = false);
  void at_key(const std::string& pointer, std::string message, bool warning = false);
  void at(Position position, std::string pointer, std::string message, bool warning = false);

  const JsonIndex& index() const noexcept { return index_; }
  std::vector<ConfigProblem> take();  // in the order of the file

 private:
  std::filesystem::path file_;
  JsonIndex index_;
  std::vector<ConfigProblem> found_;
};

bool has_error(const std::vector<ConfigProblem>& problems);

}  // namespace berth::config
