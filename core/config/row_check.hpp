// SPDX-License-Identifier: Apache-2.0
//
// Checks the parameters of every store against the rows of its driver, without opening any.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <berth/config.hpp>
#include <berth/factory.hpp>

#include "config/document.hpp"
#include "config/private_file.hpp"

namespace berth::config {

// Loads the drivers that the document names. content: what `document` was read from, at `file`.
std::vector<ConfigProblem> check_rows(const Document& document, const FileText& content,
                                      const std::filesystem::path& file);

// Where the parameters of a store hold a secret in clear text, as pointers: "/secretkey". A proxy
// without a password is none.
std::vector<std::string> clear_secrets(const nlohmann::json& parameters, const DriverInfo& driver);

}  // namespace berth::config
