// SPDX-License-Identifier: Apache-2.0
//
// Opens writers. An append keeps the existing segments. A static manifest names them and the new
// ones, so readers see the old object until commit; a dynamic large object grows in place, as with
// the registry's driver.
#include "writer.hpp"

#include <algorithm>

#include "common/multipart_writer.hpp"
#include "reader.hpp"
#include "segment_target.hpp"

namespace berth::swift {
namespace {

constexpr uint64_t largest_object = 5 * 1024 * 1024 * mebibyte;
constexpr uint32_t least_segments =
    100;  // for the unused plan of a service without static manifests
// With 10,000 segments a page of the service's own listing is full, and it reports no size.
constexpr uint32_t most_dynamic_segments = 9'999;

common::PartPlan plan_of(const Container& container, uint32_t segments) {
  const uint64_t largest = container.features().largest_object;
  const uint64_t chunk = std::min(container.settings().chunk_size, largest);
  // Only the second half of the segments grows, so not all of them can have the largest size.
  const uint64_t reach = std::max(chunk, largest / 4) * segments;
  const bool may_be_more = reach < largest_object && chunk < largest;
  return common::PartPlan(chunk,
                          {segments, largest, std::min(largest_object, reach), !may_be_more});
}

// Where a writer starts or continues.
struct Continuation {
  Destination to;
  bool begun = false;
  bool kept = false;  // data of an earlier writer must survive a failure
  std::string tail;
};

Destination new_destination(const Upload& upload, bool is_static) {
  Destination to;
  to.version = upload.base;
  to.path = upload.path;
  to.writer = upload.writer;
  to.is_static = is_static;
  return to;
}

// Checked at open: a writer that failed later would discard the upload, and earlier data with it.
void check_room(const std::vector<Segment>& base, bool is_static, const std::string& object) {
  if (is_static || base.size() < most_dynamic_segments) return;
  throw sdk::Error(BERTH_STATUS_NO_SPACE,
                   "'" + object + "' has " + std::to_string(base.size()) +
                       " segments already, and a large object cannot have more; "
                       "write it again as a new object");
}

// Finds where an append continues, and prepares it.
class Resumption {
 public:
  Resumption(Container& container, const std::string& object, const sdk::Call& call)
      : container_(container),
        large_(container),
        uploads_(container),
        object_(object),
        call_(call) {}

  Continuation run() {
    for (;;) {
      const auto info = container_.find(object_, call_);
      auto left = uploads_.find(object_, call_);
      if (!left || is_stale(*left, info)) {
        if (left) uploads_.discard(object_, call_);
        return from_object(info);
      }
      left->upload.base = version_of(info);  // also where none is recorded
      if (const auto found = from_upload(*left)) return *found;
    }
  }

 private:
  // Whether the object has another version than when the upload was opened; no clocks are compared.
  // An upload without a recorded version is stale if an object exists. Without an object, an upload
  // that uses segments of one is stale.
  bool is_stale(const Uploads::Found& found, const std::optional<ObjectInfo>& info) const {
    if (!found.upload.base.empty() && found.upload.base != version_of(info)) return true;
    if (info) return found.upload.base.empty();
    return std::any_of(found.upload.segments.begin(), found.upload.segments.end(),
                       [&](const Segment& segment) { return !found.upload.owns(segment); });
  }

  // nullopt: the upload changed meanwhile.
  std::optional<Continuation> from_upload(const Uploads::Found& left) {
    Continuation found;
    found.to.is_static = becomes_static(left.upload.segments);
    check_room(left.upload.segments, found.to.is_static, object_);
    found.to.reopened = left.upload.closed;
    const auto mine = left.upload.closed ? uploads_.reopen(object_, left, call_)
                                         : uploads_.take_over(object_, left, call_);
    if (!mine) return std::nullopt;
    found.to.version = mine->base;
    found.to.noted = true;
    found.to.path = mine->path;
    found.to.writer = mine->writer;
    found.to.base = mine->segments;
    found.begun = found.kept = true;
    return found;
  }

  Continuation from_object(const std::optional<ObjectInfo>& info) {
    if (!info) throw sdk::path_not_found();
    Continuation found;
    found.to = new_destination(uploads_.begun(object_, version_of(info)), large_.writes_static());
    return info->is_large() ? from_large(*info, found) : from_plain(*info, found);
  }

  Continuation from_plain(const ObjectInfo& info, Continuation found) {
    if (info.size < container_.settings().chunk_size) {
      found.tail = read_bytes(container_, object_, 0, info.size, call_);
      return found;
    }
    const std::string name = segment_name(found.to.path, 1);
    found.begun = true;
    uploads_.write(object_, {found.to.path, {}, found.to.writer, false, {}, found.to.version},
                   call_);
    container_.copy(container_.name(), object_, name, call_);
    found.to.base = {{container_.name(), name, info.size, info.etag}};
    return found;
  }

  Continuation from_large(const ObjectInfo& info, Continuation found) {
    found.to.base = large_.whole_segments(object_, info, call_);
    found.to.is_static = becomes_static(found.to.base);
    check_room(found.to.base, found.to.is_static, object_);
    if (!info.is_static && !found.to.is_static) return in_place(info, found);
    drop_empty(found.to.base);
    if (found.to.is_static) read_short_last_segments(found);
    return found;
  }

  // Whether a static manifest leaves room for further segments.
  bool becomes_static(const std::vector<Segment>& segments) const {
    return large_.writes_static() && segments.size() <= container_.features().slo_segments / 2;
  }

  static Continuation in_place(const ObjectInfo& info, Continuation found) {
    found.to.in_place = info.manifest;
    found.to.path = info.manifest.substr(info.manifest.find('/') + 1);
    found.begun = true;
    return found;
  }

  static void drop_empty(std::vector<Segment>& segments) {
    segments.erase(std::remove_if(segments.begin(), segments.end(),
                                  [](const Segment& segment) { return segment.size == 0; }),
                   segments.end());
  }

  // Some services require a minimum size of all segments but the last. Shorter ones at the end are
  // read and written again.
  void read_short_last_segments(Continuation& found) {
    uint64_t size = 0;
    while (!found.to.base.empty() &&
           found.to.base.back().size < container_.features().slo_smallest) {
      size += found.to.base.back().size;
      found.to.base.pop_back();
    }
    found.tail = read_bytes(container_, object_, total_size(found.to.base), size, call_);
  }

  Container& container_;
  LargeObjects large_;
  Uploads uploads_;
  const std::string& object_;
  const sdk::Call& call_;
};

Continuation start_over(Container& container, const std::string& object,
                        const sdk::WriteOptions& options, const sdk::Call& call) {
  const std::optional<ObjectInfo> there = container.head(object, call);
  if (options.create_only && there)
    throw sdk::Error(BERTH_STATUS_ALREADY_EXISTS, "'" + object + "' exists already");
  // A later append must not resume the abandoned upload, and its segments must not use space.
  Uploads uploads(container);
  uploads.discard(object, call);
  Continuation found;
  found.to = new_destination(uploads.begun(object, version_of(there)),
                             LargeObjects(container).writes_static());
  return found;
}

common::ResumePoint start_of(const Continuation& found) {
  common::ResumePoint start;
  start.begun = found.begun;
  start.kept = found.kept;
  start.tail = found.tail;
  for (const Segment& segment : found.to.base)
    start.parts.push_back(
        {static_cast<uint32_t>(start.parts.size() + 1), segment.etag, segment.size});
  return start;
}

}  // namespace

SegmentPlans::SegmentPlans(const Container& container)
    : of_static(plan_of(container, std::max(container.features().slo_segments, least_segments))),
      of_dynamic(plan_of(container, most_dynamic_segments)) {}

std::unique_ptr<sdk::Writer> open_writer(Container& container, const SegmentPlans& plans,
                                         std::string object, const sdk::WriteOptions& options,
                                         const sdk::Call& call) {
  Continuation found = options.append ? Resumption(container, object, call).run()
                                      : start_over(container, object, options, call);
  common::ResumePoint start = start_of(found);
  const common::PartPlan& standard = found.to.is_static ? plans.of_static : plans.of_dynamic;
  const common::PartPlan plan = standard.for_writer(options);
  // Readers see segments of an object that grows in place at once, so they are written in order.
  const int concurrency = found.to.in_place.empty() ? container.settings().upload_concurrency : 1;
  auto target =
      std::make_unique<SegmentTarget>(container, std::move(object), options, std::move(found.to));
  return std::make_unique<common::MultipartWriter>(std::move(target), container.transfers(), plan,
                                                   static_cast<unsigned>(concurrency),
                                                   std::move(start));
}

}  // namespace berth::swift
