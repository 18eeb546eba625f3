// SPDX-License-Identifier: Apache-2.0
//
// StorePlace: the identity of where a store keeps its objects. Two names in a config may stand for
// one place, and a store may be rooted inside another one's folder: what is copied, moved or
// removed between such stores has to be decided by the place.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <berth/export.hpp>

namespace berth {

// One container that encloses the objects: a host's bucket, a folder.
struct PlaceStep {
  std::string identity;  // no other container has it
  std::string name;      // inside the container before it; empty for the first

  friend bool operator==(const PlaceStep&, const PlaceStep&) = default;
};

// Outermost first, the store's own root last. Empty: not known.
using StorePlace = std::vector<PlaceStep>;

// The path that the root of `inner` has in `outer`: "/" when both are one place, "/a/b" when inner
// is below outer. nullopt when inner is not inside outer, or when either is not known.
BERTH_API std::optional<std::string> path_inside(const StorePlace& outer, const StorePlace& inner);

}  // namespace berth
