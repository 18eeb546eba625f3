// SPDX-License-Identifier: Apache-2.0
//
// Moves an object or a directory inside the store, by one rename. Between two file systems, an
// object is copied and published, and the source is removed last.
#pragma once

#include <string_view>

#include <berth/driver.hpp>

#include "root.hpp"

namespace berth::filesystem {

void move_path(const Root& root, std::string_view source, std::string_view destination,
               const sdk::Call& call);

}  // namespace berth::filesystem
