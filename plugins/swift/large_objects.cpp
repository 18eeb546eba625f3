// SPDX-License-Identifier: Apache-2.0
#include "large_objects.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "common/cleanup_call.hpp"
#include "common/crypto.hpp"
#include "errors.hpp"
#include "listing_check.hpp"
#include "segment_check.hpp"
#include "sharing.hpp"

namespace berth::swift {
namespace {

using std::chrono::milliseconds;

constexpr size_t most_probes = 64;

// How long a listing may lag behind, as the registry's driver has it.
constexpr milliseconds first_wait{200};
constexpr milliseconds longest_wait{15'000};

bool is_number(std::string_view text) {
  return text.size() == number_digits &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

void add_marks(http::Headers& headers, uint64_t size, const ManifestOptions& options) {
  headers.add(size_header, std::to_string(size));
  if (!options.moved_to.empty())
    headers.add(moved_to_header, common::percent_encode_path(options.moved_to));
  if (!options.moved_from.empty())
    headers.add(moved_from_header, common::percent_encode_path(options.moved_from));
  if (options.adopted) headers.add(adopted_header, "true");
}

// How many of the segments a listing shows, and how many other objects.
struct Seen {
  size_t wanted = 0, others = 0;
};

Seen look_for(const std::vector<Segment>& segments, const std::vector<Listed>& listing) {
  std::map<std::string_view, uint64_t> sizes;
  for (const Segment& segment : segments) sizes.emplace(segment.name, segment.size);
  Seen seen;
  for (const Listed& entry : listing) {
    const auto found = sizes.find(entry.name);
    if (found == sizes.end())
      ++seen.others;
    else if (found->second == entry.size)
      ++seen.wanted;
  }
  return seen;
}

struct Place {
  std::string container, path;
};

Place place_of(const std::string& text) {
  const size_t slash = std::min(text.find('/'), text.size());
  return {text.substr(0, slash), text.substr(std::min(slash + 1, text.size()))};
}

// Whether the service may have done what it was asked. What exists already may be ours: from an
// attempt whose answer was lost.
bool is_ambiguous(const sdk::Error& error) noexcept {
  return error.status() == BERTH_STATUS_ALREADY_EXISTS ||
         error.status() == BERTH_STATUS_UNAVAILABLE ||
         error.status() == BERTH_STATUS_DEADLINE_EXCEEDED ||
         error.status() == BERTH_STATUS_CANCELLED || error.status() == BERTH_STATUS_RATE_LIMITED;
}

}  // namespace

// As the registry's driver since 2019: the digest spreads objects that are written at the same
// time.
std::string new_segments_path(const Settings& settings, std::string_view object) {
  const std::string name = common::hex(
      common::digest(common::Hash::sha1, std::string(object) + common::random_bytes(32)));
  return settings.below_prefix("segments/" + name.substr(0, 3) + '/' + name.substr(3));
}

std::string segment_name(const std::string& path, uint64_t number) {
  char digits[number_digits + 5];
  std::snprintf(digits, sizeof digits, "%016llu", static_cast<unsigned long long>(number));
  return path + '/' + digits;
}

ManifestOptions with_marks_of(const ObjectInfo& info, ManifestOptions options) {
  options.moved_to = info.moved_to;
  options.moved_from = info.moved_from;
  options.adopted = !info.records_partners();
  return options;
}

bool LargeObjects::writes_static() const noexcept {
  return container_.features().slo_segments != 0 && !container_.settings().registry_layout;
}

std::vector<Segment> LargeObjects::segments(std::string_view object, const ObjectInfo& info,
                                            const sdk::Call& call) {
  if (!info.is_static) {
    const Place place = place_of(info.manifest);
    return segments_below(place.container, place.path, call);
  }
  if (container_.hides_segments(info))
    throw sdk::unsupported("the service does not tell what static large objects consist of");
  const std::string manifest(object);
  ListingCheck listing(container_, manifest, call);
  do {
    const auto answer = container_.get(manifest, {{"multipart-manifest", "get"}}, call);
    if (answer) return read_manifest(answer->body);
  } while (listing.is_due());
  throw sdk::path_not_found();
}

std::optional<std::vector<Segment>> LargeObjects::find_segments(std::string_view object,
                                                                const ObjectInfo& info,
                                                                const sdk::Call& call) {
  try {
    return segments(object, info, call);
  } catch (const sdk::Error& error) {
    if (error.status() != BERTH_STATUS_PATH_NOT_FOUND) throw;
    return std::nullopt;
  }
}

uint64_t LargeObjects::size(const ObjectInfo& info, const sdk::Call& call) {
  const uint64_t told = std::max(info.size, info.whole.value_or(0));
  if (told != 0 || info.whole || info.manifest.empty()) return told;
  const Place place = place_of(info.manifest);
  return total_size(segments_below(place.container, place.path, call));
}

std::vector<Segment> LargeObjects::whole_segments(std::string_view object, const ObjectInfo& info,
                                                  const sdk::Call& call) {
  std::vector<Segment> found = segments(object, info, call);
  for (const Segment& segment : found)
    if (segment.partly)
      throw sdk::unsupported("the large object is made of ranges or of other manifests");
  // What is not seen yet would be lost.
  if (total_size(found) < std::max(info.size, info.whole.value_or(0)))
    throw sdk::Error(BERTH_STATUS_UNAVAILABLE,
                     "the service does not list all segments of '" + std::string(object) + "' yet")
        .retryable();
  return found;
}

std::vector<Segment> LargeObjects::segments_below(const std::string& container,
                                                  const std::string& path, const sdk::Call& call) {
  std::vector<Segment> found;
  std::set<std::string> names;
  for (Listed& entry : container_.list_all(container, path, call)) {
    names.insert(entry.name);
    if (!entry.size)
      throw sdk::Error(BERTH_STATUS_UNAVAILABLE,
                       "the service lists the segment '" + entry.name + "' without its size");
    found.push_back({container, std::move(entry.name), *entry.size, std::move(entry.hash)});
  }
  // A listing may lag behind the objects: those that the numbering leads to expect are asked for.
  const std::string last = found.empty() ? segment_name(path, 0) : found.back().name;
  const std::string_view digits =
      std::string_view(last).substr(last.size() - std::min(last.size(), number_digits));
  if (container != container_.name() || !is_number(digits)) return found;
  const std::string stem = last.substr(0, last.size() - number_digits - 1);
  const uint64_t highest = std::stoull(std::string(digits));
  size_t probes = 0;
  // A registry that adds to a plain object makes it number 0 and goes on with 2.
  const uint64_t lowest = names.count(segment_name(stem, 1)) != 0 ? 1 : 0;
  for (uint64_t number = lowest; probes < most_probes; ++number) {
    std::string name = segment_name(stem, number);
    if (names.count(name) != 0) continue;
    ++probes;
    const auto info = container_.head(name, call);
    if (!info && number > std::max<uint64_t>(highest, 1)) break;
    if (info) found.push_back({container, std::move(name), info->size, info->etag});
  }
  std::sort(found.begin(), found.end(),
            [](const Segment& a, const Segment& b) { return a.name < b.name; });
  return found;
}

// ---- Writing manifests

void LargeObjects::put_manifest(Operation& write, const ManifestOptions& options, uint64_t size,
                                const sdk::Call& call) {
  write.headers.add("Content-Type", options.content_type.empty() ? "application/octet-stream"
                                                                 : options.content_type);
  add_marks(write.headers, size, options);
  if (options.create_only) write.headers.add("If-None-Match", "*");
  Requests& requests = container_.requests();
  const auto attempts = Requests::begin(write);
  http::Plan plan = requests.plan(attempts, call);
  plan.judge = [&](const http::Response& answer) {
    return judge_manifest(requests, *attempts, answer);
  };
  const http::Response answer = container_.retrier().send(plan, call);
  if (options.create_only && answer.status == 412)
    throw sdk::Error(BERTH_STATUS_ALREADY_EXISTS, "'" + write.object + "' exists already")
        .request_id(request_id(answer))
        .protocol_status(412);
  check_segments(answer, write.object);
  Container::check(answer, write);
}

void LargeObjects::put_static(std::string_view object, const std::vector<Segment>& segments,
                              const ManifestOptions& options, const sdk::Call& call) {
  const std::string body = manifest_document(segments);
  Operation write = container_.operation("PUT", object);
  write.query = {{"multipart-manifest", "put"}};
  write.headers.add("Accept", "application/json");  // of what it says about the segments
  write.body = body;
  write.first_byte_timeout = std::chrono::minutes(5);  // it looks at each segment
  put_manifest(write, options, total_size(segments), call);
}

void LargeObjects::put_dynamic(std::string_view object, const std::string& place,
                               const std::vector<Segment>& segments, const ManifestOptions& options,
                               const sdk::Call& call) {
  Operation write = container_.operation("PUT", object);
  write.headers.add("X-Object-Manifest", common::percent_encode_path(place));
  put_manifest(write, options, total_size(segments), call);
}

// Until the listing, which is what a dynamic large object is made of, shows all of them. Their sum
// is not enough: one that a dead process left may be as large as one that is missing.
void LargeObjects::wait_for(const std::string& place, const std::vector<Segment>& segments,
                            const sdk::Call& call) {
  const Place at = place_of(place);
  milliseconds waited{0};
  for (milliseconds wait = first_wait;; wait *= 2) {
    const Seen seen = look_for(segments, container_.list_all(at.container, at.path, call));
    if (seen.wanted == segments.size() && seen.others == 0) return;
    std::string text = "the service lists " + std::to_string(seen.wanted) + " of " +
                       std::to_string(segments.size()) + " segments below '" + at.path + "'";
    if (seen.others != 0) text += " and " + std::to_string(seen.others) + " that others left there";
    if (waited >= longest_wait)
      throw sdk::Error(BERTH_STATUS_UNAVAILABLE, text + " even after 15 s; nothing was published")
          .retryable();
    const milliseconds time = std::min(wait, longest_wait - waited);
    http::pause(time, call, text);
    waited += time;
  }
}

// ---- Who owns what

void LargeObjects::subtract_used(std::vector<Segment>& segments, const std::string& object,
                                 const sdk::Call& call) {
  if (segments.empty()) return;
  const auto info = container_.find(object, call);
  if (!info || !info->is_large()) return;
  if (container_.hides_segments(*info)) return;
  if (const auto used = find_segments(object, *info, call)) subtract(segments, *used);
}

void LargeObjects::replace(std::string_view object, const std::vector<Segment>& kept,
                           const std::function<void()>& publish, const sdk::Call& call) {
  const std::string target(object);
  std::vector<Segment> old;
  const auto info = container_.head(object, call);
  if (info && info->is_large()) old = owned({target}, call);
  publish();
  subtract(old, kept);
  if (old.empty()) return;
  try {
    subtract_used(old, target, call);
    if (!old.empty()) container_.remove(old, call);
  } catch (const std::exception& error) {  // the new object is there, whatever becomes of the old
    sdk::log(BERTH_LOG_WARN, "segments of the object that was replaced remain, from '" +
                                 old.front().name + "' on: " + error.what());
  }
}

std::vector<Segment> LargeObjects::owned(const std::vector<std::string>& objects,
                                         const sdk::Call& call) {
  return Sharing(container_, *this).owned(objects, call);
}

// ---- Copying and moving

void LargeObjects::copy(std::string_view source, const ObjectInfo& info, std::string_view target,
                        const sdk::Call& call) {
  if (container_.hides_segments(info)) {  // a plain object holds the bytes too
    return replace(
        target, {}, [&] { container_.copy(container_.name(), source, target, call); }, call);
  }
  const std::vector<Segment> originals = whole_segments(source, info, call);
  const std::string path = new_segments_path(container_.settings(), target);
  ManifestOptions options;
  options.content_type = info.content_type;
  std::vector<Segment> copies;
  bool sent = false;
  try {
    copy_segments(originals, path, copies, call);
    publish_copies(target, path, copies, options, sent, call);
  } catch (const sdk::Error& error) {
    // A manifest that may be there needs them.
    if (!sent || !is_ambiguous(error)) give_up_copies(std::string(target), path, copies, error);
    throw;
  }
}

void LargeObjects::copy_segments(const std::vector<Segment>& originals, const std::string& path,
                                 std::vector<Segment>& copies, const sdk::Call& call) {
  for (const Segment& original : originals) {
    if (original.size == 0) continue;
    const std::string name = segment_name(path, copies.size() + 1);
    copies.push_back({container_.name(), name, original.size, original.etag});
    container_.copy_segment(original, name, call);
  }
}

void LargeObjects::publish_copies(std::string_view target, const std::string& path,
                                  const std::vector<Segment>& copies,
                                  const ManifestOptions& options, bool& sent,
                                  const sdk::Call& call) {
  const std::string place = container_.name() + '/' + path;
  const bool to_static = writes_static() && copies.size() <= container_.features().slo_segments;
  if (!to_static) wait_for(place, copies, call);
  const auto publish = [&] {
    sent = true;
    if (to_static)
      put_static(target, copies, options, call);
    else
      put_dynamic(target, place, copies, options, call);
  };
  replace(target, copies, publish, call);
}

// An earlier attempt at the manifest may have succeeded, though the last answer says something
// else.
void LargeObjects::give_up_copies(const std::string& target, const std::string& path,
                                  std::vector<Segment> copies, const sdk::Error& cause) {
  const common::CleanupCall own(std::chrono::seconds(30));
  try {
    subtract_used(copies, target, own.call());
    if (!copies.empty()) container_.remove(copies, own.call());
  } catch (const sdk::Error& second) {
    throw http::reworded(cause, cause.message() + "; and copies of segments remain below '" + path +
                                    "': " + second.message());
  }
}

// The segments stay where they are. Until the source is gone, each manifest tells of the other: an
// interrupted move must not make one's removal take the other's data.
void LargeObjects::move(std::string_view source, const ObjectInfo& info, std::string_view target,
                        const sdk::Call& call) {
  if (container_.hides_segments(info) ||
      Sharing(container_, *this).has_other_partner(info, target, call))
    return move_apart(source, info, target, call);
  ManifestOptions options;
  options.content_type = info.content_type;
  options.moved_from = source;
  options.adopted = !info.records_partners();
  const std::vector<Segment> kept = whole_segments(source, info, call);
  if (!info.is_static) wait_for(info.manifest, kept, call);
  note_move(source, info, total_size(kept), target, call);
  replace(
      target, kept,
      [&] {
        if (info.is_static)
          put_static(target, kept, options, call);
        else
          put_dynamic(target, info.manifest, kept, options, call);
      },
      call);
  remove_moved(source, info, call);
}

// Of one that cannot be written anew, or whose segments another manifest uses: a third one would
// not be known to that.
void LargeObjects::move_apart(std::string_view source, const ObjectInfo& info,
                              std::string_view target, const sdk::Call& call) {
  copy(source, info, target, call);
  remove_moved(source, info, call);
}

// But not what was put there meanwhile. A listing that lags changes the ETag of a dynamic one, so
// that is known by its manifest.
void LargeObjects::remove_moved(std::string_view source, const ObjectInfo& info,
                                const sdk::Call& call) {
  const auto now = container_.head(source, call);
  const bool replaced =
      now && (now->manifest != info.manifest || (info.manifest.empty() && now->etag != info.etag));
  if (replaced)
    throw sdk::Error(BERTH_STATUS_PRECONDITION_FAILED,
                     "'" + std::string(source) +
                         "' was replaced while it was moved; the newer "
                         "object stays");
  container_.remove(std::vector{std::string(source)}, call);
}

void LargeObjects::note_move(std::string_view source, const ObjectInfo& info, uint64_t size,
                             std::string_view target, const sdk::Call& call) {
  Operation note = container_.operation("POST", source);
  note.headers.add("Content-Type", info.content_type);
  if (!info.manifest.empty())
    note.headers.add("X-Object-Manifest", common::percent_encode_path(info.manifest));
  ManifestOptions marks;
  marks.moved_to = target;
  marks.adopted = !info.records_partners();
  add_marks(note.headers, size, marks);
  const std::string object(source);
  ListingCheck listing(container_, object, call);
  do {
    const http::Response answer =
        container_.retrier().send(container_.requests().plan(note, call), call);
    if (answer.status != 404) return Container::check(answer, note);
  } while (listing.is_due());
  throw sdk::path_not_found();
}

}  // namespace berth::swift
