// SPDX-License-Identifier: Apache-2.0
//
// Uploads that were begun and not committed: each has a marker object below "uploads", out of the
// files' sight, which tells where its segments are.
#ifndef BERTH_SWIFT_UPLOADS_HPP
#define BERTH_SWIFT_UPLOADS_HPP

#include <berth/driver.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "container.hpp"
#include "large_objects.hpp"

namespace berth::swift {

class Uploads {
 public:
  explicit Uploads(Container& container) noexcept : container_(container), large_(container) {}

  // "reg/files/a/b" -> "reg/uploads/a/b".
  [[nodiscard]] std::string marker_of(std::string_view object) const;

  void write(std::string_view object, const Upload& upload, const sdk::Call& call);

  struct Found {
    Upload upload;                    // with the segments that were uploaded without being noted
    std::vector<Segment> behind_gap;  // but for these: one that was in flight is missing before
    std::optional<int64_t> begun_ns;
  };
  [[nodiscard]] std::optional<Found> find(std::string_view object, const sdk::Call& call);

  // Removes the marker alone, if it is that upload's: its segments, which lie below `path`, have
  // become those of an object.
  void forget(std::string_view object, const std::string& path, const sdk::Call& call);

  // Before an object goes elsewhere with its segments: a marker that a crash left behind the commit
  // would later take them for its own.
  void settle(const std::string& object, const ObjectInfo& info, const sdk::Call& call);

  // Removes the marker and the segments that no object uses.
  void discard(std::string_view object, const sdk::Call& call);
  // The same of the upload whose segments lie below `path`: the marker may be another writer's by
  // now.
  void discard(const std::string& object, const std::string& path, const sdk::Call& call);
  // The same for an object and all below it.
  void discard_below(std::string_view object, const sdk::Call& call);

 private:
  void discard_marker(const std::string& marker, const sdk::Call& call);
  void remove_unused(std::vector<Segment> segments, const std::string& object,
                     const sdk::Call& call);
  [[nodiscard]] std::optional<std::string> noted_path(const std::string& marker,
                                                      const sdk::Call& call);
  [[nodiscard]] std::string object_of(const std::string& marker) const;

  Container& container_;
  LargeObjects large_;
};

}  // namespace berth::swift

#endif  // BERTH_SWIFT_UPLOADS_HPP
