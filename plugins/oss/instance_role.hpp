// SPDX-License-Identifier: Apache-2.0
//
// The keys of the role that an ECS instance has, from the metadata service of the instance.
#pragma once

#include <memory>
#include <string>

#include "common/credentials.hpp"

namespace berth::oss {

inline constexpr const char* metadata_endpoint = "http://100.100.100.200";

// `role`: its name, or "auto" for the one that the instance has.
[[nodiscard]] std::unique_ptr<common::CredentialsSource> instance_role(
    std::string role, std::string endpoint = metadata_endpoint);

}  // namespace berth::oss
