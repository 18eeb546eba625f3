// SPDX-License-Identifier: Apache-2.0
//
// Finds the segments that only one manifest uses. Manifests over the driver's own segments record
// the other object that may share them (an unfinished move); for all others, every manifest of the
// store is read.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "container.hpp"

namespace berth::swift {

class LargeObjects;

// Removes the segments of `kept` from `segments`.
void subtract(std::vector<Segment>& segments, const std::vector<Segment>& kept);

class Sharing {
 public:
  Sharing(Container& container, LargeObjects& large) noexcept
      : container_(container), large_(large) {}

  // The segments of these objects (those that are manifests) that no other object uses. Call it
  // directly before the objects are removed: its last step checks whether one is being moved.
  [[nodiscard]] std::vector<Segment> owned(const std::vector<std::string>& objects,
                                           const sdk::Call& call);

  // Removes from `segments` those that any manifest of the store uses.
  void subtract_all_used(std::vector<Segment>& segments, const sdk::Call& call) {
    subtract_all_others(segments, {}, call);
  }

  // Whether an unfinished move left another manifest, other than `allowed`.
  [[nodiscard]] bool has_other_partner(const ObjectInfo& info, std::string_view allowed,
                                       const sdk::Call& call);

 private:
  struct Manifest {
    std::string object;
    ObjectInfo info;
    std::vector<Segment> segments;
  };
  [[nodiscard]] std::vector<Manifest> manifests_of(const std::vector<std::string>& objects,
                                                   const sdk::Call& call);
  void keep_segments_of_moves(std::vector<Segment>& segments,
                              const std::vector<Manifest>& manifests, const sdk::Call& call);
  void subtract_partner(std::vector<Segment>& segments, const std::string& partner,
                        const std::set<std::string>& going, const sdk::Call& call);
  void subtract_all_others(std::vector<Segment>& segments, const std::set<std::string>& going,
                           const sdk::Call& call);
  [[nodiscard]] bool subtract_unseen(std::vector<Segment>& segments, std::set<std::string>& seen,
                                     const sdk::Call& call);

  Container& container_;
  LargeObjects& large_;
};

}  // namespace berth::swift
