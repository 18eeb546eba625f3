// SPDX-License-Identifier: Apache-2.0
//
// Which paths the model takes, and the one order in which a walk reports them: bytewise by full
// path, where a directory sorts as its path followed by "/".
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <berth/driver.h>

namespace berth::model {

inline constexpr std::size_t max_path_bytes = BERTH_MAX_PATH_BYTES;

struct PathRules {
  std::size_t max_bytes = max_path_bytes;
  bool registry = false;  // only the registry's expression, ^(/[A-Za-z0-9._-]+)+$
};

// "/" is a path for list, stat and walk only.
enum class Root : bool { refused, allowed };

// Why path is not valid, as the end of a sentence ("a component is empty"); empty: it is valid.
std::string path_fault(std::string_view path, const PathRules& rules, Root root);

// The store and operation that an error names.
struct PathUser {
  std::string_view driver, store, operation;
};

// Throws InvalidPathError when path_fault() finds one.
void check_path(const PathUser& user, std::string_view path, const PathRules& rules, Root root);

// Throws InvalidOffsetError when offset is negative. To be called before check_path.
void check_offset(const PathUser& user, std::string_view path, std::int64_t offset);

// One entry's place in walk order.
struct WalkKey {
  std::string_view path;
  bool is_directory = false;
};
std::strong_ordering walk_compare(const WalkKey& left, const WalkKey& right) noexcept;
inline bool walk_less(const WalkKey& left, const WalkKey& right) noexcept {
  return walk_compare(left, right) < 0;
}

// Whether path lies below directory: begins with directory + "/". Everything lies below "/".
bool is_below(std::string_view path, std::string_view directory) noexcept;

}  // namespace berth::model
