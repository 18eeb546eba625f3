// SPDX-License-Identifier: Apache-2.0
//
// Lists one directory, or walks a tree. Entries are copied from the index a few hundred at a time,
// so no lock is held while the caller handles them.
#pragma once

#include <string_view>

#include <berth/driver.hpp>

#include "tree.hpp"

namespace berth::inmemory {

// Both throw PATH_NOT_FOUND if `path` is not a directory.
void list_directory(const Tree& tree, std::string_view path, std::string_view start_after,
                    const sdk::Sink& sink, const sdk::Call& call);
void walk_directory(const Tree& tree, std::string_view path, std::string_view start_after,
                    const sdk::Sink& sink, const sdk::Call& call);

}  // namespace berth::inmemory
