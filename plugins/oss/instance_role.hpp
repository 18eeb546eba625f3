// SPDX-License-Identifier: Apache-2.0
//
// The keys of an ECS instance's role, from the metadata service of the instance.
#pragma once

#include <memory>
#include <string>

#include "common/credentials.hpp"

namespace berth::oss {

inline constexpr const char* metadata_endpoint = "http://100.100.100.200";

// `role`: the name of a role, or "auto" for the role that the instance has.
[[nodiscard]] std::unique_ptr<common::CredentialsSource> instance_role(
    std::string role, std::string endpoint = metadata_endpoint);

}  // namespace berth::oss
