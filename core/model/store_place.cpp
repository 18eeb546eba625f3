// SPDX-License-Identifier: Apache-2.0
//
// A container is recognised by its identity alone: below a bind mount or a symbolic link the steps
// before it differ.
#include <berth/store_place.hpp>

#include <algorithm>
#include <optional>
#include <string>

namespace berth {

std::optional<std::string> path_inside(const StorePlace& outer, const StorePlace& inner) {
  if (outer.empty()) return std::nullopt;
  const auto root = std::find_if(inner.begin(), inner.end(), [&](const PlaceStep& step) {
    return step.identity == outer.back().identity;
  });
  if (root == inner.end()) return std::nullopt;
  std::string path;
  for (auto step = root + 1; step != inner.end(); ++step) path += '/' + step->name;
  return path.empty() ? "/" : path;
}

}  // namespace berth
