// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace berth::s3 {

// The whole file; nullopt: it cannot be read.
[[nodiscard]] std::optional<std::string> read_text_file(const std::string& name);

// A token file's content without the white space around it.
[[nodiscard]] std::optional<std::string> read_token_file(const std::string& name);

}  // namespace berth::s3
