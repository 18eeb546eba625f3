// SPDX-License-Identifier: Apache-2.0
//
// Uploads that were begun and not committed: each has a marker object below "uploads", out of the
// files' sight, with a note that tells where its segments are and who writes them. A path of
// segments has one writer at a time: one that was not closed may still be at work somewhere, so
// whoever goes on with its upload does so at another path.
#pragma once

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

  // A new upload's; nothing is noted yet. `base`: version of the object, see version_of().
  [[nodiscard]] Upload begun(std::string_view object, std::string base) const;

  void write(std::string_view object, const Upload& upload, const sdk::Call& call);
  [[nodiscard]] std::optional<Upload> read(std::string_view object, const sdk::Call& call);

  struct Found {
    Upload upload;     // with the segments that were uploaded without being noted, up to a gap
    std::string note;  // as it lies there
  };
  [[nodiscard]] std::optional<Found> find(std::string_view object, const sdk::Call& call);

  // Each makes what was found this writer's. The first is for an upload that was closed, the second
  // for any: what lies behind a gap does not go along. Nothing: another writer was faster.
  [[nodiscard]] Upload reopen(std::string_view object, const Found& left, const sdk::Call& call);
  [[nodiscard]] std::optional<Upload> take_over(const std::string& object, const Found& left,
                                                const sdk::Call& call);

  // Removes the marker alone: the segments have become those of an object.
  void forget(std::string_view object, const sdk::Call& call);

  // Before an object goes elsewhere with its segments: a marker that a crash left behind the commit
  // would later take them for its own.
  void settle(const std::string& object, const ObjectInfo& info, const sdk::Call& call);

  // Removes the marker and the segments that no object uses.
  bool discard(std::string_view object, const sdk::Call& call);  // false: there was none
  // The same of that upload: the marker may be another writer's by now.
  void discard(const std::string& object, const Upload& upload, const sdk::Call& call);
  // The same for an object and all below it. Returns how many there were.
  size_t discard_below(std::string_view object, const sdk::Call& call);

 private:
  void copy_segments(const std::string& object, const Found& left, Upload& mine,
                     std::vector<Segment>& copies, const sdk::Call& call);
  void remove_taken(const std::string& object, const Upload& left, const sdk::Call& call) noexcept;
  void give_up(const std::vector<Segment>& copies) noexcept;
  bool discard_marker(const std::string& marker, const sdk::Call& call);
  void remove_unused(std::vector<Segment> segments, const std::string& object,
                     const sdk::Call& call);
  [[nodiscard]] std::optional<std::string> note(const std::string& marker, const sdk::Call& call);
  [[nodiscard]] std::string object_of(const std::string& marker) const;

  Container& container_;
  LargeObjects large_;
};

}  // namespace berth::swift
