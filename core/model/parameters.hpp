// SPDX-License-Identifier: Apache-2.0
//
// Checks the parameters of a store against the rows that its driver publishes, and brings them into
// the canonical form that open() receives. All that is wrong is told at once; the value of a secret
// never reaches a text.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <berth/driver.h>

namespace berth::model {

// One fault. key as the caller wrote it, nested ones with dots; empty: the object itself.
struct ParameterProblem {
  std::string key;
  std::string message;   // "is required: name of the bucket"
  bool warning = false;  // works, but should not stay so
};
std::string to_string(const ParameterProblem& problem);  // "<key>: <message>"

struct CheckedParameters {
  std::vector<std::pair<std::string, std::string>> items;  // sorted by key, canonical
  std::string json;                                        // as the caller wrote it
  std::vector<ParameterProblem> problems;

  bool valid() const noexcept;  // nothing but warnings
};

CheckedParameters check_parameters(const nlohmann::json& object,
                                   std::span<const berth_param_spec> rows);

// Throws InvalidParametersError that tells every problem of a result that is not valid.
void require_valid(std::string_view driver, std::string_view store,
                   const CheckedParameters& checked);

}  // namespace berth::model
