// SPDX-License-Identifier: Apache-2.0
//
// Protocol between the writers of one object. The note (see uploads.hpp) names the current writer
// of an upload. A committer:
//   1. checks that the object has the version at which the writer was opened;
//   2. checks that the note names this writer, or that the note is gone and all segments exist;
//   3. publishes the manifest;
//   4. reads the note again, and fails if another writer took the upload over;
//   5. removes the note.
// A writer that takes the upload over first writes its own note, then checks whether the object
// uses the segments, and only then removes them (uploads.cpp). Invariant: whichever of the two
// comes second sees the other, so a commit that succeeds has all of its segments.
#include "segment_target.hpp"

#include <algorithm>

#include "common/cleanup_call.hpp"

namespace berth::swift {
namespace {

constexpr std::chrono::seconds check_timeout{30};

// Why a writer cannot commit or close.
constexpr const char* taken_over =
    "cannot be committed or closed: another writer took over or discarded this upload; write the "
    "object again";
constexpr const char* changed =
    "was written, moved or removed by another writer after this writer was opened; nothing of this "
    "writer is published; write it again";
constexpr const char* replaced = "was replaced or removed during the append; append again";

// The name of the n-th segment after `last`: the next number, or, after a name that another program
// chose, a name that sorts after it.
std::string name_after(const std::string& last, uint32_t n) {
  const size_t start = last.size() - std::min(last.size(), number_digits);
  const bool numbered = start > 0 && last[start - 1] == '/' &&
                        last.find_first_not_of("0123456789", start) == std::string::npos;
  if (numbered) return segment_name(last.substr(0, start - 1), std::stoull(last.substr(start)) + n);
  return segment_name(last + '.', n);
}

}  // namespace

SegmentTarget::SegmentTarget(Container& container, std::string object,
                             const sdk::WriteOptions& options, Destination destination)
    : container_(container),
      large_(container),
      uploads_(container),
      object_(std::move(object)),
      content_type_(options.attributes["content-type"]),
      create_only_(options.create_only && !options.append),
      destination_(std::move(destination)) {}

void SegmentTarget::put_whole(std::string_view bytes, const sdk::Call& call) {
  const PutOptions options{content_type_, create_only_};
  if (create_only_) {  // so there is nothing to replace
    container_.refuse_existing(object_, call);
    return container_.put(object_, bytes, options, call);
  }
  if (destination_.noted) {
    const auto noted = uploads_.read(object_, call);
    if (!noted || noted->writer != destination_.writer) throw overtaken(taken_over);
  }
  check_version(call);
  large_.replace(
      object_, {}, [&] { container_.put(object_, bytes, options, call); }, call);
}

// HEAD may miss an object while it is replaced, so a difference is confirmed by a thorough check.
void SegmentTarget::check_version(const sdk::Call& call) {
  if (create_only_ || !destination_.in_place.empty()) return;
  if (version_of(container_.head(object_, call)) == destination_.version) return;
  if (version_of(container_.find(object_, call)) != destination_.version) throw overtaken(changed);
}

void SegmentTarget::begin(const sdk::Call& call) {
  if (has_note()) uploads_.write(object_, upload(destination_.base), call);
}

Segment SegmentTarget::place(uint32_t number) const {
  if (number <= destination_.base.size()) return destination_.base[number - 1];
  if (destination_.in_place.empty())
    return {container_.name(), segment_name(destination_.path, number), 0, {}};
  const auto added = number - static_cast<uint32_t>(destination_.base.size());
  if (destination_.base.empty())
    return {destination_.in_place.substr(0, destination_.in_place.find('/')),
            segment_name(destination_.path, added),
            0,
            {}};
  return {
      destination_.base.back().container, name_after(destination_.base.back().name, added), 0, {}};
}

http::Plan SegmentTarget::part(uint32_t number, std::string_view bytes, const sdk::Call& call) {
  highest_ = std::max(highest_, number);
  const Segment segment = place(number);
  Operation write = container_.operation("PUT", segment.name);
  write.container = segment.container;
  write.headers.add("Content-Type", "application/octet-stream");
  write.body = bytes;
  return container_.requests().background_plan(std::move(write), call);
}

std::string SegmentTarget::tag(uint32_t number, const http::Response& answer) {
  const Segment segment = place(number);
  Operation write = container_.operation("PUT", segment.name);
  write.container = segment.container;
  Container::check(answer, write);
  return bare(answer.headers.get("ETag"));
}

std::vector<Segment> SegmentTarget::segments_of(const std::vector<common::Part>& parts) const {
  std::vector<Segment> segments;
  for (const common::Part& part : parts) {
    Segment segment = place(part.number);
    segment.size = part.size;
    segment.etag = part.tag;
    segments.push_back(std::move(segment));
  }
  return segments;
}

void SegmentTarget::complete(const std::vector<common::Part>& parts, const sdk::Call& call) {
  std::vector<Segment> segments = segments_of(parts);
  if (create_only_) container_.refuse_existing(object_, call);
  check_version(call);
  if (has_note() && !holds_upload(segments, call) && destination_.reopened)
    throw overtaken(taken_over);
  publish(segments, call);
  verify_published(segments, call);
}

// Another writer may have taken over the upload, or replaced or removed the object, while the
// manifest was written. Otherwise the commit succeeded, even if the note cannot be removed.
void SegmentTarget::verify_published(const std::vector<Segment>& segments, const sdk::Call& call) {
  try {
    const bool held = has_note() && holds_upload(segments, call);
    const size_t old = destination_.base.empty() ? segments.size() : destination_.base.size();
    if (continues_object() && !all_exist({segments.front(), segments[old - 1]}, call))
      throw overtaken(replaced);
    if (held) uploads_.forget(object_, call);
  } catch (const sdk::Error& error) {
    if (error.status() == BERTH_STATUS_PRECONDITION_FAILED) throw;
    sdk::log(BERTH_LOG_WARN, "'" + object_ + "' is committed, but the note about its upload, '" +
                                 uploads_.marker_of(object_) +
                                 "', was not removed: " + error.what());
  }
}

// True: the note names this writer. False: the note is gone or belongs to an unrelated upload, but
// all of these segments exist. Throws if another writer took over this upload.
bool SegmentTarget::holds_upload(const std::vector<Segment>& segments, const sdk::Call& call) {
  const auto noted = uploads_.read(object_, call);
  if (noted && noted->writer == destination_.writer) return true;
  const bool taken =
      noted && (noted->path == destination_.path || noted->taken == destination_.path);
  if (taken || !all_exist(segments, call)) throw overtaken(taken_over);
  return false;
}

bool SegmentTarget::all_exist(const std::vector<Segment>& segments, const sdk::Call& call) {
  const auto found = container_.head_all(segments, call);
  return std::all_of(found.begin(), found.end(), [](const auto& info) { return info.has_value(); });
}

sdk::Error SegmentTarget::overtaken(const char* how) const {
  return sdk::Error(BERTH_STATUS_PRECONDITION_FAILED, "'" + object_ + "' " + how);
}

void SegmentTarget::publish(std::vector<Segment>& segments, const sdk::Call& call) {
  const ManifestOptions options = manifest_options(call);
  if (!destination_.is_static) {
    if (destination_.in_place.empty()) copy_to_one_path(segments, call);
    large_.wait_for(dynamic_place(), segments, call);
  }
  const auto put = [&] {
    try {
      put_manifest(segments, options, call);
    } catch (const sdk::Error&) {
      if (!is_published(segments)) throw;
    }
    keeps_segments_ = true;
  };
  large_.replace(object_, segments, put, call);
}

void SegmentTarget::put_manifest(const std::vector<Segment>& segments,
                                 const ManifestOptions& options, const sdk::Call& call) {
  if (destination_.is_static) return large_.put_static(object_, segments, options, call);
  large_.put_dynamic(object_, dynamic_place(), segments, options, call);
}

std::string SegmentTarget::dynamic_place() const {
  return destination_.in_place.empty() ? container_.name() + '/' + destination_.path
                                       : destination_.in_place;
}

Upload SegmentTarget::upload(std::vector<Segment> segments) const {
  return {destination_.path,   std::move(segments), destination_.writer, false, {},
          destination_.version};
}

// Whether the upload uses segments that are not its own.
bool SegmentTarget::continues_object() const {
  const Upload own = upload({});
  return !destination_.in_place.empty() ||
         !std::all_of(destination_.base.begin(), destination_.base.end(),
                      [&](const Segment& segment) { return own.owns(segment); });
}

ManifestOptions SegmentTarget::manifest_options(const sdk::Call& call) {
  ManifestOptions options;
  options.content_type = content_type_;
  options.create_only = create_only_;
  if (!continues_object()) return options;
  const auto info = container_.find(object_, call);
  return info && info->is_large() ? with_marks_of(*info, options) : options;
}

// A dynamic manifest names one path only.
void SegmentTarget::copy_to_one_path(std::vector<Segment>& segments, const sdk::Call& call) {
  for (size_t i = 0; i < segments.size(); ++i) {
    const std::string name = segment_name(destination_.path, i + 1);
    if (segments[i].name == name && segments[i].container == container_.name()) continue;
    container_.copy_segment(segments[i], name, call);
    segments[i].container = container_.name();
    segments[i].name = name;
  }
}

// After an error: an earlier attempt whose answer was lost may have succeeded. The segments are
// kept unless it is certain that no manifest names them.
bool SegmentTarget::is_published(const std::vector<Segment>& segments) noexcept {
  keeps_segments_ = true;
  try {
    const common::CleanupCall own(check_timeout);
    const sdk::Call call = own.call();
    const auto info = container_.find(object_, call);
    if (info && info->is_static && destination_.is_static) {
      const auto same = [](const Segment& a, const Segment& b) {
        return a.place() == b.place() && a.etag == b.etag;
      };
      const auto found = large_.segments(object_, *info, call);
      keeps_segments_ =
          std::equal(found.begin(), found.end(), segments.begin(), segments.end(), same);
    } else {
      // An object that grows in place existed before, but was smaller.
      keeps_segments_ = info && !destination_.is_static && info->manifest == dynamic_place() &&
                        info->whole == total_size(segments);
    }
    return keeps_segments_;
  } catch (const std::exception& error) {
    sdk::log(BERTH_LOG_WARN,
             "could not determine whether '" + object_ + "' was written: " + error.what());
    return false;
  }
}

void SegmentTarget::on_suspend(const std::vector<common::Part>& parts, std::string_view /*rest*/,
                               const sdk::Call& call) {
  if (!has_note()) return;
  check_version(call);
  if (!holds_upload({}, call)) throw overtaken(taken_over);
  Upload closed = upload(segments_of(parts));
  closed.closed = true;
  uploads_.write(object_, closed, call);
}

// The segments added to an object that grows in place.
std::vector<Segment> SegmentTarget::added_segments() const {
  std::vector<Segment> added;
  for (auto number = static_cast<uint32_t>(destination_.base.size()) + 1; number <= highest_;
       ++number)
    added.push_back(place(number));
  return added;
}

void SegmentTarget::abort(const sdk::Call& call) {
  if (keeps_segments_) return;
  if (has_note()) return uploads_.discard(object_, upload({}), call);
  const std::vector<Segment> added = added_segments();
  if (!added.empty()) container_.remove(added, call);
}

}  // namespace berth::swift
