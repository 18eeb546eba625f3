// SPDX-License-Identifier: Apache-2.0
//
// Problems in the order of the file, whatever order the checks ran in.
#include "config/problems.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace berth {

std::string to_string(const ConfigProblem& problem) {
  auto text = problem.file.string();
  if (problem.line > 0) {
    text += ":" + std::to_string(problem.line) + ":" + std::to_string(problem.column);
  }
  if (!problem.pointer.empty()) text += ": " + problem.pointer;
  return text + (problem.warning ? ": warning: " : ": ") + problem.message;
}

namespace config {

Problems::Problems(std::filesystem::path file, std::string_view text)
    : file_(std::move(file)), index_(text) {}

void Problems::at_value(const std::string& pointer, std::string message, bool warning) {
  at(index_.value_position(pointer), pointer, std::move(message), warning);
}

void Problems::at_key(const std::string& pointer, std::string message, bool warning) {
  at(index_.key_position(pointer), pointer, std::move(message), warning);
}

void Problems::at(Position position, std::string pointer, std::string message, bool warning) {
  constexpr std::size_t max_problems = 200;
  if (found_.size() >= max_problems) return;
  found_.push_back(
      {file_, position.line, position.column, std::move(pointer), std::move(message), warning});
}

std::vector<ConfigProblem> Problems::take() {
  std::stable_sort(found_.begin(), found_.end(), [](const auto& a, const auto& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  return std::move(found_);
}

bool has_error(const std::vector<ConfigProblem>& problems) {
  return std::any_of(problems.begin(), problems.end(), [](const auto& p) { return !p.warning; });
}

}  // namespace config
}  // namespace berth
