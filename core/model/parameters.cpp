// SPDX-License-Identifier: Apache-2.0
//
// Flattens the JSON object, matches its keys with the rows, then adds defaults and misses.
#include "model/parameters.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>

#include <nlohmann/json.hpp>

#include <berth/errors.hpp>

#include "model/lower_case.hpp"
#include "model/nearest.hpp"
#include "model/parameter_value.hpp"

namespace berth::model {
namespace {

using nlohmann::json;

// Strings as they are, numbers and booleans as JSON writes them.
std::optional<std::string> scalar_text(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  return std::nullopt;
}

std::optional<std::string> joined_text(const json& array) {
  std::string text;
  for (const json& element : array) {
    const auto part = scalar_text(element);
    if (!part) return std::nullopt;
    text += (text.empty() ? "" : ",") + *part;
  }
  return text;
}

constexpr int max_depth = 32;  // so that recursion over the object is safe

bool is_deeper_than(const json& value, int levels) {
  if (!value.is_structured()) return false;
  return levels == 0 || std::any_of(value.begin(), value.end(), [levels](const json& member) {
           return is_deeper_than(member, levels - 1);
         });
}

class Check {
 public:
  explicit Check(std::span<const berth_param_spec> rows) : rows_(rows) {
    for (const berth_param_spec& row : rows) keys_.emplace_back(row.key);
  }

  CheckedParameters run(const json& object) && {
    if (is_deeper_than(object, max_depth)) {
      problem("", "the parameters are nested deeper than " + std::to_string(max_depth) + " levels");
      return std::move(result_);
    }
    result_.json = object.dump(-1, ' ', false, json::error_handler_t::replace);
    if (object.is_object())
      flatten(object, "");
    else if (!object.is_null())
      problem("", "the parameters must be a JSON object");
    for (const berth_param_spec& row : rows_) complete(row);
    result_.items.assign(values_.begin(), values_.end());
    return std::move(result_);
  }

 private:
  void flatten(const json& object, const std::string& prefix) {
    for (const auto& [name, value] : object.items()) {
      const std::string key = prefix + name;
      if (value.is_object())
        flatten(value, key + ".");
      else if (!value.is_null())  // as absent, as in YAML
        take(key, value);
    }
  }

  void take(const std::string& key, const json& value) {
    const berth_param_spec* const row = find(key);
    if (row == nullptr)
      return problem(key, "is not a parameter of this driver" + did_you_mean(key, keys_));
    const auto text = value.is_array() ? joined_text(value) : scalar_text(value);
    if (!text) return fault(*row, key, "must be a list of texts");
    if (!seen_.try_emplace(row->key, key).second)
      return fault(*row, key, "is given twice, also as \"" + seen_[row->key] + "\"");
    const ParameterValue checked = canonical_value(*row, *text);
    if (!checked.fault.empty()) return fault(*row, key, checked.fault);
    values_[row->key] = checked.canonical;
    if ((row->flags & BERTH_PARAM_DEPRECATED) != 0) deprecated(*row, key);
  }

  void complete(const berth_param_spec& row) {
    if (seen_.contains(row.key)) return;
    if (row.default_value != nullptr)
      values_[row.key] = row.default_value;
    else if ((row.flags & BERTH_PARAM_REQUIRED) != 0)
      problem(row.key, "is required" + help(row));
  }

  const berth_param_spec* find(const std::string& key) const {
    const std::string wanted = lower_case(key);
    for (const berth_param_spec& row : rows_)
      if (lower_case(row.key) == wanted) return &row;
    return nullptr;
  }

  static std::string help(const berth_param_spec& row) {
    return row.help == nullptr ? "" : ": " + std::string(row.help);
  }

  void deprecated(const berth_param_spec& row, const std::string& key) {
    result_.problems.push_back({key, "is deprecated" + help(row), true});
  }

  void problem(const std::string& key, std::string message) {
    result_.problems.push_back({key, std::move(message), false});
  }

  // A fault of a known key, which is then not missing as well.
  void fault(const berth_param_spec& row, const std::string& key, std::string message) {
    seen_.try_emplace(row.key, key);
    problem(key, std::move(message));
  }

  std::span<const berth_param_spec> rows_;
  std::vector<std::string> keys_;
  std::map<std::string, std::string> values_;  // by the driver's spelling
  std::map<std::string, std::string> seen_;    // the driver's spelling -> the caller's
  CheckedParameters result_;
};

}  // namespace

std::string to_string(const ParameterProblem& problem) {
  return problem.key.empty() ? problem.message : problem.key + ": " + problem.message;
}

bool CheckedParameters::valid() const noexcept {
  return std::all_of(problems.begin(), problems.end(),
                     [](const ParameterProblem& p) { return p.warning; });
}

CheckedParameters check_parameters(const json& object, std::span<const berth_param_spec> rows) {
  return Check(rows).run(object);
}

void require_valid(std::string_view driver, std::string_view store,
                   const CheckedParameters& checked) {
  if (checked.valid()) return;
  std::string text = "the parameters are wrong";
  for (const ParameterProblem& problem : checked.problems)
    if (!problem.warning) text += "\n  " + to_string(problem);
  throw InvalidParametersError(ErrorDetail{.driver = std::string(driver),
                                           .store = std::string(store),
                                           .operation = "open",
                                           .message = std::move(text)});
}

}  // namespace berth::model
