// SPDX-License-Identifier: Apache-2.0
//
// Shared Key authorization of the blob service, version 2015-02-21 and later.
#pragma once

#include <string>
#include <string_view>

#include "common/http/http.hpp"

namespace berth::azure {

// What is signed. The canonical resource is the account, then the path as it is sent: so an
// emulator's account, which is in the path, stands there twice.
[[nodiscard]] std::string string_to_sign(const http::Request& request, std::string_view account);

// The value of the Authorization header. `key` is raw.
[[nodiscard]] std::string shared_key_authorization(const http::Request& request,
                                                   std::string_view account, std::string_view key);

}  // namespace berth::azure
