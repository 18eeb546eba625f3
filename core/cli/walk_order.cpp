// SPDX-License-Identifier: Apache-2.0
//
// With a slash at the end of directories, the order of a walk is the byte order of the paths.
#include "cli/walk_order.hpp"

#include <berth/errors.hpp>

namespace berth::cli {

void WalkOrder::check(std::string_view path, bool is_directory) {
  std::string key(path);
  if (is_directory) key += '/';
  if (key <= last_) {
    throw CorruptError({.driver = "berth",
                        .path = std::string(path),
                        .operation = "walk",
                        .message = "the listing is not in byte order, so files could be missed: " +
                                   label_ + key + " came after " + label_ + last_});
  }
  last_ = std::move(key);
}

}  // namespace berth::cli
