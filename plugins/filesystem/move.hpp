// SPDX-License-Identifier: Apache-2.0
//
// Move and copy inside the store. A move is one rename; where source and destination are on
// different file systems it copies, publishes, and removes the source last.
#pragma once

#include <string_view>

#include <berth/driver.hpp>

#include "root.hpp"

namespace berth::filesystem {

void move_path(const Root& root, std::string_view source, std::string_view destination,
               const sdk::Call& call);

}  // namespace berth::filesystem
