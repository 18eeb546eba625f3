// SPDX-License-Identifier: Apache-2.0
//
// May code of this file or folder run? Only what nobody but root and we could have put there.
//
// Asked of open descriptors, so that the answer holds for what is loaded. Folders further up are
// not asked: whoever may rename them can only show us another folder, and that must itself belong
// to root or us and be closed to others. So a plugin folder below a sticky /tmp, a shared mount or
// a symbolic link is fine, and one that others made is not.
#pragma once

#include <sys/stat.h>

#include <string>

namespace berth::discovery {

// Why others could replace the file or folder behind the status; empty: they could not.
// noun: "file" or "folder".
std::string distrust(const struct stat& status, const char* noun);

}  // namespace berth::discovery
