// SPDX-License-Identifier: Apache-2.0
//
// What a plugin's linker was told, where it can harm the program that loads it.
#pragma once

#include <filesystem>
#include <string>

namespace berth::cli {

// The faults of a plugin that this process has loaded, joined to one sentence; empty: none.
// Throws std::runtime_error when the file is not loaded. [any thread]
std::string linking_faults(const std::filesystem::path& plugin);

}  // namespace berth::cli
