// SPDX-License-Identifier: Apache-2.0
#ifndef BERTH_S3_FILES_HPP
#define BERTH_S3_FILES_HPP

#include <optional>
#include <string>

namespace berth::s3 {

// The whole file; nullopt: it cannot be read.
[[nodiscard]] std::optional<std::string> read_text_file(const std::string& name);

// A token file's content without the white space around it.
[[nodiscard]] std::optional<std::string> read_token_file(const std::string& name);

}  // namespace berth::s3

#endif  // BERTH_S3_FILES_HPP
