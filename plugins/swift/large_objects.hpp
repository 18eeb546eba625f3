// SPDX-License-Identifier: Apache-2.0
//
// Manifests and their segments. A dynamic manifest names a path whose objects are its segments, a
// static one lists them; either may share segments with another manifest, and segments go only with
// the last one.
#pragma once

#include <berth/driver.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "container.hpp"

namespace berth::swift {

// What a manifest is written with.
struct ManifestOptions {
  std::string content_type;
  bool create_only = false;
  std::string moved_to, moved_from;  // as in ObjectInfo
  bool adopted = false;
};

// What a manifest over the segments of another one takes on from it.
[[nodiscard]] ManifestOptions with_marks_of(const ObjectInfo& info, ManifestOptions options);

// "segments/3f2/..." for a new object; never the same twice.
[[nodiscard]] std::string new_segments_path(const Settings& settings, std::string_view object);
[[nodiscard]] std::string segment_name(const std::string& path, uint64_t number);
inline constexpr size_t number_digits = 16;  // at the end of a segment's name

class LargeObjects {
 public:
  explicit LargeObjects(Container& container) noexcept : container_(container) {}

  // Whether new large objects get static manifests.
  [[nodiscard]] bool writes_static() const noexcept;

  // The size of the object in bytes. Manifests of other programs may not contain it; the sizes of
  // the listed segments are then added up.
  [[nodiscard]] uint64_t size(const ObjectInfo& info, const sdk::Call& call);

  // In order. What a listing does not show yet is looked for.
  [[nodiscard]] std::vector<Segment> segments(std::string_view object, const ObjectInfo& info,
                                              const sdk::Call& call);
  // The same. Nothing: the manifest is gone.
  [[nodiscard]] std::optional<std::vector<Segment>> find_segments(std::string_view object,
                                                                  const ObjectInfo& info,
                                                                  const sdk::Call& call);
  // The same, for those who build a new manifest of them: UNSUPPORTED when one is used partly,
  // UNAVAILABLE when the service does not list all of them yet.
  [[nodiscard]] std::vector<Segment> whole_segments(std::string_view object, const ObjectInfo& info,
                                                    const sdk::Call& call);
  [[nodiscard]] std::vector<Segment> segments_below(const std::string& container,
                                                    const std::string& path, const sdk::Call& call);

  void put_static(std::string_view object, const std::vector<Segment>& segments,
                  const ManifestOptions& options, const sdk::Call& call);
  // `place` is "container/path", below which the segments lie; wait_for() them first.
  void put_dynamic(std::string_view object, const std::string& place,
                   const std::vector<Segment>& segments, const ManifestOptions& options,
                   const sdk::Call& call);
  // Until the service lists these segments, and nothing else, at that place; UNAVAILABLE when it
  // does not in time.
  void wait_for(const std::string& place, const std::vector<Segment>& segments,
                const sdk::Call& call);

  // Takes out what the object uses at this moment.
  void subtract_used(std::vector<Segment>& segments, const std::string& object,
                     const sdk::Call& call);

  // Runs `publish`, which writes the object, and removes what it replaced: the segments of a large
  // object that stood there, but for those in `kept` and for what an append that came in between
  // has made its own.
  void replace(std::string_view object, const std::vector<Segment>& kept,
               const std::function<void()>& publish, const sdk::Call& call);

  // The segments that belong to no other manifest than these (several, for one look around).
  [[nodiscard]] std::vector<Segment> owned(const std::vector<std::string>& objects,
                                           const sdk::Call& call);

  // The source keeps its segments; they are copied, never shared.
  void copy(std::string_view source, const ObjectInfo& info, std::string_view target,
            const sdk::Call& call);
  void move(std::string_view source, const ObjectInfo& info, std::string_view target,
            const sdk::Call& call);

 private:
  void move_apart(std::string_view source, const ObjectInfo& info, std::string_view target,
                  const sdk::Call& call);
  void remove_moved(std::string_view source, const ObjectInfo& info, const sdk::Call& call);
  // `copies` grows with each one that is begun.
  void copy_segments(const std::vector<Segment>& originals, const std::string& path,
                     std::vector<Segment>& copies, const sdk::Call& call);
  // `sent` tells whether the manifest may be there when this fails.
  void publish_copies(std::string_view target, const std::string& path,
                      const std::vector<Segment>& copies, const ManifestOptions& options,
                      bool& sent, const sdk::Call& call);
  void give_up_copies(const std::string& target, const std::string& path,
                      std::vector<Segment> copies, const sdk::Error& cause);
  void put_manifest(Operation& write, const ManifestOptions& options, uint64_t size,
                    const sdk::Call& call);
  void note_move(std::string_view source, const ObjectInfo& info, uint64_t size,
                 std::string_view target, const sdk::Call& call);

  Container& container_;
};

}  // namespace berth::swift
