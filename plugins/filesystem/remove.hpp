// SPDX-License-Identifier: Apache-2.0
//
// Removing an object, or a directory with everything below it. Symbolic links are removed, never
// followed.
#pragma once

#include <string_view>

#include <berth/driver.hpp>

#include "root.hpp"

namespace berth::filesystem {

// Throws PATH_NOT_FOUND when there was neither an object nor a directory nor an unfinished upload.
// Continues after a failure, and names the first one at the end.
void remove_path(const Root& root, std::string_view path, const sdk::Call& call);

}  // namespace berth::filesystem
