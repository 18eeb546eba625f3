// SPDX-License-Identifier: Apache-2.0
//
// The libraries that a plugin brings along: those which the loader finds in folders that the plugin
// itself names (DT_RPATH, DT_RUNPATH). They run with the plugin, so they are trusted by its rules.
// Libraries of the system and of LD_LIBRARY_PATH are the business of whoever set up the process.
#pragma once

#include <filesystem>
#include <string>

namespace berth::discovery {

// Why others could put in a library of the plugin; empty: they could not. fd: the plugin.
// folder: absolute, what $ORIGIN stands for.
std::string untrusted_libraries_reason(int fd, const std::filesystem::path& folder);

}  // namespace berth::discovery
