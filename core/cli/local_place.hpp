// SPDX-License-Identifier: Apache-2.0
//
// Where a local path is, in the form that stores report: so that a local folder inside the root of
// a store, or around it, is recognised.
#pragma once

#include <string>

#include <berth/store_place.hpp>

namespace berth::cli {

struct LocatedPath {
  StorePlace place;  // of the container
  std::string path;  // in the container: "/" or "/a/b"
};

// The deepest existing folder of the path, without symbolic links, each step "file:DEVICE:INODE" as
// the driver filesystem has it; then the rest of the path, which need not exist. An empty place: a
// folder cannot be examined.
LocatedPath locate_local(const std::string& path);

}  // namespace berth::cli
