// SPDX-License-Identifier: Apache-2.0
//
// JSON Schema of the config file, for editors that complete and check while one types.
#pragma once

#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <berth/factory.hpp>

namespace berth::cli {

// The parameters of each driver come from its own rows.
nlohmann::json config_schema(const std::vector<DriverInfo>& drivers);

}  // namespace berth::cli
