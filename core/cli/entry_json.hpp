// SPDX-License-Identifier: Apache-2.0
//
// A file or directory as JSON: the same keys in every command.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <berth/file_info.hpp>

namespace berth::cli {

// {"path", "type": "file"|"directory", "size", "modified", "etag"}; what is not known is left out.
nlohmann::json entry_json(const FileInfo& info);

}  // namespace berth::cli
