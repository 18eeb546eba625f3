// SPDX-License-Identifier: Apache-2.0
//
// The shared config and credentials files, read as the aws command reads them: comments take whole
// lines, values are unchanged (with quotes and '#'), nested blocks ("s3 =" and indented lines) are
// skipped.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace berth::s3 {

using Profile = std::map<std::string, std::string>;  // key in lower case -> value
using Profiles = std::map<std::string, Profile>;     // "default", "work"

// In the config file, sections "[work]" and "[profile work]" are the same, and others
// ("[sso-session x]") are skipped. In the credentials file the whole section is the name.
enum class ProfileFile { config, credentials };
[[nodiscard]] Profiles parse_profiles(std::string_view text,
                                      ProfileFile file = ProfileFile::config);

}  // namespace berth::s3
