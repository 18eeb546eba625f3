// SPDX-License-Identifier: Apache-2.0
//
// Removes an object, or a directory with everything below it. Symbolic links are removed and never
// followed.
#pragma once

#include <string_view>

#include <berth/driver.hpp>

#include "root.hpp"

namespace berth::filesystem {

// Throws PATH_NOT_FOUND if the path has neither an object nor a directory nor an unfinished upload.
// Continues after a failure, and reports the first one at the end.
void remove_path(const Root& root, std::string_view path, const sdk::Call& call);

}  // namespace berth::filesystem
