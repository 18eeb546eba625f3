// SPDX-License-Identifier: Apache-2.0
//
// The writers. A new object is written to a hidden file in its directory; close keeps that file and
// append continues it. An append to a committed object writes to its file in place. A writer holds
// a lock on its file (lock.hpp), which ends with the process.
#pragma once

#include <memory>
#include <string_view>

#include <berth/driver.hpp>

#include "root.hpp"

namespace berth::filesystem {

// Without append, starts a new upload. With append, continues the unfinished upload, else appends
// to the object.
std::unique_ptr<sdk::Writer> open_writer(const Root& root, std::string_view path,
                                         const sdk::WriteOptions& options);

}  // namespace berth::filesystem
