// SPDX-License-Identifier: Apache-2.0
//
// FileInfo to JSON.
#include "cli/entry_json.hpp"

#include <nlohmann/json.hpp>

#include "cli/text.hpp"

namespace berth::cli {

nlohmann::json entry_json(const FileInfo& info) {
  nlohmann::json object{{"path", info.path}, {"type", info.is_directory ? "directory" : "file"}};
  if (!info.is_directory) object["size"] = info.size;
  if (info.modified) object["modified"] = time_json(*info.modified);
  if (!info.etag.empty()) object["etag"] = info.etag;
  if (!info.version.empty()) object["version"] = info.version;
  if (!info.attributes.empty()) object["attributes"] = info.attributes;
  return object;
}

}  // namespace berth::cli
