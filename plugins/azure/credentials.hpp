// SPDX-License-Identifier: Apache-2.0
//
// Where tokens come from: an application's secret, a workload's federated token, or the machine's
// managed identity. A token is the session_token of its Credentials; the keys are empty.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/credentials.hpp"
#include "settings.hpp"

namespace berth::azure {

using Environment = std::function<std::optional<std::string>(const char* name)>;
[[nodiscard]] Environment process_environment();  // an empty variable counts as not set

// For client_secret that secret only. For default_credentials in turn: the environment's secret,
// workload identity, managed identity; the parameters go before the environment's variables.
// Empty for the other kinds. The settings are borrowed.
[[nodiscard]] std::vector<std::unique_ptr<common::CredentialsSource>> token_sources(
    const Settings& settings, Environment environment = process_environment());

}  // namespace berth::azure
