// SPDX-License-Identifier: Apache-2.0
//
// Copies a file inside the store, by the kernel where it can.
#pragma once

#include <sys/stat.h>

#include <string_view>

#include <berth/driver.hpp>

#include "root.hpp"

namespace berth::filesystem {

void copy_object(const Root& root, std::string_view source, std::string_view destination,
                 const sdk::Call& call);

// Copies the bytes that the source had when it was opened; `source` is its status at that time. A
// source of size 0 may be a file whose size its file system does not report: it is copied to its
// end.
void copy_bytes(int from, const struct stat& source, int to, const sdk::Call& call);

// PRECONDITION_FAILED, retryable.
sdk::Error source_changed(const char* what);

}  // namespace berth::filesystem
