// SPDX-License-Identifier: Apache-2.0
#include "uploads.hpp"

#include <algorithm>
#include <set>

#include "common/cleanup_call.hpp"
#include "common/crypto.hpp"
#include "sharing.hpp"

namespace berth::swift {
namespace {

constexpr const char* marker_type = "application/vnd.berth.upload+json";
constexpr std::chrono::seconds removal_timeout{30};

std::string new_writer() {
  return common::hex(common::random_bytes(16));
}

std::set<std::string> names_of(const std::vector<Segment>& segments) {
  std::set<std::string> names;
  for (const Segment& segment : segments) names.insert(segment.name);
  return names;
}

}  // namespace

std::string Uploads::marker_of(std::string_view object) const {
  const std::string files = container_.settings().below_prefix("files");
  return container_.settings().below_prefix("uploads") + std::string(object.substr(files.size()));
}

std::string Uploads::object_of(const std::string& marker) const {
  const std::string uploads = container_.settings().below_prefix("uploads");
  return container_.settings().below_prefix("files") + marker.substr(uploads.size());
}

Upload Uploads::begun(std::string_view object, std::string base) const {
  return {new_segments_path(container_.settings(), object),
          {},
          new_writer(),
          false,
          {},
          std::move(base)};
}

void Uploads::write(std::string_view object, const Upload& upload, const sdk::Call& call) {
  container_.put(marker_of(object), upload_document(upload), {marker_type, false}, call);
}

std::optional<Upload> Uploads::read(std::string_view object, const sdk::Call& call) {
  const auto text = note(marker_of(object), call);
  if (!text) return std::nullopt;
  return read_upload(*text);
}

std::optional<Uploads::Found> Uploads::find(std::string_view object, const sdk::Call& call) {
  const auto answer = container_.get(marker_of(object), {}, call);
  if (!answer) return std::nullopt;
  Found found{read_upload(answer->body), answer->body};
  std::vector<Segment>& segments = found.upload.segments;
  const std::set<std::string> noted = names_of(segments);
  // The last segments of a writer that died, or that is still running, are not in the note.
  for (Segment& segment : large_.segments_below(container_.name(), found.upload.path, call)) {
    if (noted.count(segment.name) != 0) continue;
    found.upload.closed = false;
    if (segment.name == segment_name(found.upload.path, segments.size() + 1))
      segments.push_back(std::move(segment));
  }
  return found;
}

Upload Uploads::reopen(std::string_view object, const Found& left, const sdk::Call& call) {
  Upload mine = left.upload;
  mine.writer = new_writer();
  mine.closed = false;
  mine.taken.clear();
  write(object, mine, call);
  return mine;
}

// Takes over an upload whose writer may still be running:
//   1. Copy the segments to a path of this writer's own.
//   2. Fail if the note changed meanwhile (another writer was faster).
//   3. Write our note.
//   4. Read the object, and remove the old segments that it does not use.
// A committer publishes its manifest, then reads the note again. Invariant: either step 4 sees the
// committer's object, or the committer sees our note and fails.
std::optional<Upload> Uploads::take_over(const std::string& object, const Found& left,
                                         const sdk::Call& call) {
  Upload mine = begun(object, left.upload.base);
  mine.taken = left.upload.path;
  std::vector<Segment> copies;
  bool unchanged = false;
  try {
    copy_segments(object, left, mine, copies, call);
    unchanged = note(marker_of(object), call) == left.note;
  } catch (...) {
    give_up(copies);
    throw;
  }
  if (!unchanged) return give_up(copies), std::nullopt;
  write(object, mine, call);  // a note whose write failed may exist and needs the copies
  remove_taken(object, left.upload, call);
  return mine;
}

// `copies` gets each copy before its request is sent.
void Uploads::copy_segments(const std::string& object, const Found& left, Upload& mine,
                            std::vector<Segment>& copies, const sdk::Call& call) {
  for (const Segment& original : left.upload.segments) {
    mine.segments.push_back(original);
    if (!left.upload.owns(original)) continue;
    Segment& segment = mine.segments.back();
    segment.name = segment_name(mine.path, mine.segments.size());
    copies.push_back(segment);
    try {
      container_.copy_segment(original, segment.name, call);
    } catch (const sdk::Error& error) {
      if (error.status() != BERTH_STATUS_PATH_NOT_FOUND) throw;
      if (note(marker_of(object), call) != left.note) return;
      throw sdk::Error(BERTH_STATUS_CORRUPT, "segment '" + original.name +
                                                 "' of the unfinished upload of '" + object +
                                                 "' is missing; write the object again");
    }
  }
}

void Uploads::remove_taken(const std::string& object, const Upload& left,
                           const sdk::Call& call) noexcept {
  try {
    remove_unused(large_.segments_below(container_.name(), left.path, call), object, call);
  } catch (const std::exception& error) {
    sdk::log(BERTH_LOG_WARN,
             "segments of an upload that another writer took over are left below '" + left.path +
                 "': " + error.what());
  }
}

void Uploads::give_up(const std::vector<Segment>& copies) noexcept {
  if (copies.empty()) return;
  try {
    const common::CleanupCall own(removal_timeout);
    container_.remove(copies, own.call());
  } catch (const std::exception& error) {
    sdk::log(BERTH_LOG_WARN, "copies of segments were not removed, from '" + copies.front().name +
                                 "' on: " + error.what());
  }
}

void Uploads::forget(std::string_view object, const sdk::Call& call) {
  container_.remove(std::vector{marker_of(object)}, call);
}

void Uploads::settle(const std::string& object, const ObjectInfo& info, const sdk::Call& call) {
  const auto upload = read(object, call);
  if (!upload || container_.hides_segments(info)) return;
  const auto segments = large_.segments(object, info, call);
  if (std::any_of(segments.begin(), segments.end(),
                  [&](const Segment& segment) { return upload->owns(segment); }))
    forget(object, call);
}

bool Uploads::discard(std::string_view object, const sdk::Call& call) {
  const std::string marker = marker_of(object);
  return container_.head(marker, call) && discard_marker(marker, call);
}

size_t Uploads::discard_below(std::string_view object, const sdk::Call& call) {
  size_t count = discard(object, call) ? 1 : 0;
  for (const Listed& entry : container_.list_all(container_.name(), marker_of(object) + '/', call))
    count += discard_marker(entry.name, call) ? 1 : 0;
  return count;
}

void Uploads::discard(const std::string& object, const Upload& upload, const sdk::Call& call) {
  const auto noted = read(object, call);
  if (noted && noted->writer == upload.writer) return void(discard_marker(marker_of(object), call));
  if (noted && noted->path == upload.path) return;  // another writer resumed it
  // The upload was discarded, taken over, or committed. The object may have been moved since, so
  // any manifest of the store may use the segments.
  auto segments = large_.segments_below(container_.name(), upload.path, call);
  Sharing(container_, large_).subtract_all_used(segments, call);
  if (!segments.empty()) container_.remove(segments, call);
}

bool Uploads::discard_marker(const std::string& marker, const sdk::Call& call) {
  const auto text = note(marker, call);
  if (!text) return false;
  const auto segments = large_.segments_below(container_.name(), read_upload(*text).path, call);
  // A commit writes the object, then removes the marker; a move removes the marker before the
  // object. So the marker is read again first, and the segments that the object uses are checked
  // last.
  if (note(marker, call) != text) return true;
  remove_unused(segments, object_of(marker), call);
  container_.remove(std::vector{marker}, call);
  return true;
}

// Keeps the segments that the object uses: a commit may have succeeded without removing the marker.
void Uploads::remove_unused(std::vector<Segment> segments, const std::string& object,
                            const sdk::Call& call) {
  large_.subtract_used(segments, object, call);
  if (!segments.empty()) container_.remove(segments, call);
}

std::optional<std::string> Uploads::note(const std::string& marker, const sdk::Call& call) {
  const auto answer = container_.get(marker, {}, call);
  if (!answer) return std::nullopt;
  return answer->body;
}

}  // namespace berth::swift
