// SPDX-License-Identifier: Apache-2.0
//
// Uploads that were begun and not committed. Each has a marker object below "uploads", with a note
// of where its segments are and which writer owns them. A path of segments has one writer at a
// time: the writer of an upload that was not closed may still be running, so a writer that takes it
// over copies its segments to another path.
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

  // A new upload, without a note yet. `base`: version of the object, see version_of().
  [[nodiscard]] Upload begun(std::string_view object, std::string base) const;

  void write(std::string_view object, const Upload& upload, const sdk::Call& call);
  [[nodiscard]] std::optional<Upload> read(std::string_view object, const sdk::Call& call);

  struct Found {
    Upload upload;     // with segments that are not in the note, up to the first gap
    std::string note;  // as stored
  };
  [[nodiscard]] std::optional<Found> find(std::string_view object, const sdk::Call& call);

  // Both make this writer the owner of the upload: reopen() of a closed upload, take_over() of any,
  // without the segments after a gap. nullopt: another writer was faster.
  [[nodiscard]] Upload reopen(std::string_view object, const Found& left, const sdk::Call& call);
  [[nodiscard]] std::optional<Upload> take_over(const std::string& object, const Found& left,
                                                const sdk::Call& call);

  // Removes only the marker: an object uses the segments now.
  void forget(std::string_view object, const sdk::Call& call);

  // Before an object is moved with its segments: removes a marker that a crash left after the
  // commit, which would claim the segments later.
  void settle(const std::string& object, const ObjectInfo& info, const sdk::Call& call);

  // Removes the upload's marker and those of its segments that no object uses.
  bool discard(std::string_view object, const sdk::Call& call);  // false: no marker
  // The same for that upload; the marker may belong to another writer by now.
  void discard(const std::string& object, const Upload& upload, const sdk::Call& call);
  // The same for an object and all below it. Returns their number.
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
