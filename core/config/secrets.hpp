// SPDX-License-Identifier: Apache-2.0
//
// Parameters that say where a value is instead of the value: {"env": NAME} and {"file": PATH}.
// They are read when a store is opened, and what was read appears in no message.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace berth::config {

// An object with a member "env" or "file", well-formed or not.
bool is_reference(const nlohmann::json& value);

// What is wrong with a reference, as a sentence; empty: nothing.
std::string reference_fault(const nlohmann::json& value);

// what(): a sentence that names the parameter and the variable or file.
class SecretMissing : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Why the value of a well-formed reference cannot be read now; empty: it can. key: of the
// parameter. folder: of the config file.
std::string missing_value(const std::string& key, const nlohmann::json& reference,
                          const std::filesystem::path& folder);

// The parameters with every reference replaced by what it points to. Relative files are relative to
// `folder`. Throws SecretMissing.
nlohmann::json resolve_references(const nlohmann::json& parameters,
                                  const std::filesystem::path& folder);

}  // namespace berth::config
