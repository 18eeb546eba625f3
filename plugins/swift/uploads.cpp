// SPDX-License-Identifier: Apache-2.0
#include "uploads.hpp"

#include <algorithm>
#include <set>

#include "sharing.hpp"

namespace berth::swift {
namespace {

constexpr const char* marker_type = "application/vnd.berth.upload+json";

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

void Uploads::write(std::string_view object, const Upload& upload, const sdk::Call& call) {
  sdk::WriteOptions options;
  options.content_type = marker_type;
  container_.put(marker_of(object), upload_document(upload), options, call);
}

std::optional<Uploads::Found> Uploads::find(std::string_view object, const sdk::Call& call) {
  const auto answer = container_.get(marker_of(object), {}, call);
  if (!answer) return std::nullopt;
  Found found{read_upload(answer->body), {}, object_info(*answer).mtime_ns};
  std::vector<Segment>& segments = found.upload.segments;
  const std::set<std::string> noted = names_of(segments);
  // A process that died did not note its last segments.
  for (Segment& segment : large_.segments_below(container_.name(), found.upload.path, call)) {
    if (noted.count(segment.name) != 0) continue;
    const bool next = segment.name == segment_name(found.upload.path, segments.size() + 1);
    (next ? segments : found.behind_gap).push_back(std::move(segment));
  }
  return found;
}

void Uploads::forget(std::string_view object, const std::string& path, const sdk::Call& call) {
  const std::string marker = marker_of(object);
  if (noted_path(marker, call) == path) container_.remove(std::vector{marker}, call);
}

void Uploads::settle(const std::string& object, const ObjectInfo& info, const sdk::Call& call) {
  const auto path = noted_path(marker_of(object), call);
  if (!path || (info.is_static && !container_.features().conditional)) return;
  const auto segments = large_.segments(object, info, call);
  if (std::any_of(segments.begin(), segments.end(),
                  [&](const Segment& segment) { return segment.name.starts_with(*path + '/'); }))
    forget(object, *path, call);
}

void Uploads::discard(std::string_view object, const sdk::Call& call) {
  const std::string marker = marker_of(object);
  if (container_.head(marker, call)) discard_marker(marker, call);
}

void Uploads::discard_below(std::string_view object, const sdk::Call& call) {
  discard(object, call);
  for (const Listed& entry : container_.list_all(container_.name(), marker_of(object) + '/', call))
    discard_marker(entry.name, call);
}

void Uploads::discard(const std::string& object, const std::string& path, const sdk::Call& call) {
  const std::string marker = marker_of(object);
  const auto noted = noted_path(marker, call);
  if (noted == path) return discard_marker(marker, call);
  // Another writer has discarded this upload; or has committed it, and perhaps moved the object
  // since: whoever uses the segments may be anywhere.
  auto segments = large_.segments_below(container_.name(), path, call);
  Sharing(container_, large_).subtract_all_used(segments, call);
  if (!segments.empty()) container_.remove(segments, call);
}

void Uploads::discard_marker(const std::string& marker, const sdk::Call& call) {
  const auto path = noted_path(marker, call);
  if (!path) return;
  const auto segments = large_.segments_below(container_.name(), *path, call);
  // A commit and a move take the marker away before the object can be gone from its place. A commit
  // writes the object before that, so what it uses is looked at last.
  if (noted_path(marker, call) != path) return;
  remove_unused(segments, object_of(marker), call);
  container_.remove(std::vector{marker}, call);
}

// All but what the object uses: a commit may have succeeded and left the marker behind.
void Uploads::remove_unused(std::vector<Segment> segments, const std::string& object,
                            const sdk::Call& call) {
  if (segments.empty()) return;
  const auto info = container_.find(object, call);
  if (info && info->is_large() && (!info->is_static || container_.features().conditional)) {
    if (const auto used = large_.find_segments(object, *info, call)) subtract(segments, *used);
  }
  if (!segments.empty()) container_.remove(segments, call);
}

std::optional<std::string> Uploads::noted_path(const std::string& marker, const sdk::Call& call) {
  const auto answer = container_.get(marker, {}, call);
  if (!answer) return std::nullopt;
  return read_upload(answer->body).path;
}

}  // namespace berth::swift
