// SPDX-License-Identifier: Apache-2.0
//
// For `berth config check`: a store's parameters against its driver's rows, without opening it.
#pragma once

#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "model/parameters.hpp"

namespace berth::binding {

// Loads the driver if need be. Throws InvalidStorageDriverError.
std::vector<model::ParameterProblem> check_parameters(std::string_view driver,
                                                      const nlohmann::json& parameters);

}  // namespace berth::binding
