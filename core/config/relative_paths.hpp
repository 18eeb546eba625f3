// SPDX-License-Identifier: Apache-2.0
//
// A parameter that is a local path counts from the folder of the config file, as every other path
// of that file does. The driver's rows say which parameters are paths.
#pragma once

#include <filesystem>

#include <nlohmann/json_fwd.hpp>

#include <berth/factory.hpp>

namespace berth::config {

// The parameters with every relative path made absolute. An empty path stays empty: it means "none"
// or the driver's default. folder: absolute.
nlohmann::json with_absolute_paths(const nlohmann::json& parameters, const DriverInfo& driver,
                                   const std::filesystem::path& folder);

}  // namespace berth::config
