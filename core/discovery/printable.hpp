// SPDX-License-Identifier: Apache-2.0
//
// Names of files for texts: a name is bytes, a text is one line of UTF-8.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace berth::discovery {

// The text with control characters, backslashes and what is not valid UTF-8 as \xHH.
std::string printable(std::string_view bytes);
std::string printable(const std::filesystem::path& path);

}  // namespace berth::discovery
