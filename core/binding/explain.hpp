// SPDX-License-Identifier: Apache-2.0
//
// The load error is the product: what was searched, what was found, and why it was refused.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <berth/factory.hpp>

#include "discovery/scan.hpp"

namespace berth::binding {

// "/x/foo.so: untrusted: writable by others"
std::string explain_candidate(const Candidate& candidate);

// The lines behind "StorageDriver not registered: <name>".
std::string explain_unknown(const std::string& name,
                            const std::vector<std::filesystem::path>& directories,
                            const std::vector<discovery::PluginFile>& files,
                            std::vector<std::string> known);

}  // namespace berth::binding
