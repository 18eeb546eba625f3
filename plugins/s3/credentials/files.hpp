// SPDX-License-Identifier: Apache-2.0
//
// Reads small text files: shared configuration, tokens.
#pragma once

#include <optional>
#include <string>

namespace berth::s3 {

// The content of the file; nullopt: it cannot be read.
[[nodiscard]] std::optional<std::string> read_text_file(const std::string& name);

// The content of a token file, without leading and trailing white space.
[[nodiscard]] std::optional<std::string> read_token_file(const std::string& name);

}  // namespace berth::s3
