// SPDX-License-Identifier: Apache-2.0
//
// The names of the driver's own files, which are in the directory of their target. They begin with
// ".berth~", which the driver refuses in paths and which no registry name contains ("~" is not in
// its grammar). Their length does not depend on the target's, so names of 255 bytes can be written.
#pragma once

#include <string>
#include <string_view>

namespace berth::filesystem {

inline constexpr std::string_view reserved_prefix = ".berth~";

inline bool is_reserved(std::string_view name) noexcept {
  return name.starts_with(reserved_prefix);
}

// Whether unique_name() made this name.
inline bool is_temporary(std::string_view name) noexcept {
  return name.starts_with(".berth~put.");
}

// Throws INVALID_PATH if a component of the path is reserved.
void refuse_reserved(std::string_view path);

// A name that probably no other call, thread or process uses: ".berth~put.PROCESS.N".
std::string unique_name();

// The file of an unfinished upload of `target`: ".berth~upload." and the SHA-256 of the name, the
// same in every process.
std::string upload_name(std::string_view target);

inline std::string_view parent_of(std::string_view path) noexcept {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? path.substr(0, 1) : path.substr(0, slash);
}
inline std::string_view leaf_of(std::string_view path) noexcept {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace berth::filesystem
