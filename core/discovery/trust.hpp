// SPDX-License-Identifier: Apache-2.0
//
// May code of this file or folder run? Only if nobody but root and the user of this program could
// have put it there.
//
// A plugin is checked and loaded through descriptors of its file and of the file's folder. Folders
// further up are not checked for it: a user who may rename them can only present another folder,
// which must itself belong to root or the program's user and be closed to others. So a plugin
// folder below a sticky /tmp, a shared mount or a symbolic link is accepted, and one that others
// made is not. What the loader finds by an absolute path has no such descriptor, so there the whole
// chain of folders is checked.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <string>

namespace berth::discovery {

// Why others could replace the file or folder of this status; empty: they could not.
// noun: "file" or "folder".
std::string untrusted_reason(const struct stat& status, const char* noun);

// The same of the folder that holds a trusted file: a sticky one that everyone may write to, as
// /tmp is, lets others add files but neither rename nor replace that one.
std::string untrusted_folder_reason(const struct stat& folder, const char* noun);

// Why others could replace the file or folder at an absolute path, or a folder above it, or could
// make it where it does not exist; empty: they could not. Symbolic links are followed first.
std::string untrusted_path_reason(const std::filesystem::path& path);

}  // namespace berth::discovery
