// SPDX-License-Identifier: Apache-2.0
#include "documents.hpp"

#include <algorithm>
#include <berth/driver.hpp>
#include <nlohmann/json.hpp>
#include <numeric>

#include "common/dates.hpp"

namespace berth::swift {
namespace {

using nlohmann::json;

constexpr std::string_view digest_of_nothing = "d41d8cd98f00b204e9800998ecf8427e";

// Runs `read` over the document; whatever does not fit becomes one error.
template <class Read>
auto parsed(std::string_view body, const char* what, Read read) {
  try {
    return read(json::parse(body));
  } catch (const json::exception&) {
    throw sdk::Error(BERTH_STATUS_UNAVAILABLE,
                     "the service's answer is not " + std::string(what) + " in JSON")
        .retryable();
  }
}

std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<uint64_t> number_of(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<uint64_t>();
}

// A manifest of either kind has no bytes of its own, so its digest is that of nothing; a service
// that lists sizes of static ones names their digest apart.
Listed listed_of(const json& entry) {
  Listed listed;
  if (listed.name = text_of(entry, "subdir"); !listed.name.empty()) {
    listed.is_prefix = true;
    return listed;
  }
  listed.name = entry.at("name").get<std::string>();
  listed.size = number_of(entry, "bytes");
  listed.hash = text_of(entry, "hash");
  listed.mtime_ns = common::parse_date(text_of(entry, "last_modified"));
  const std::string joined = bare(text_of(entry, "slo_etag"));
  listed.large = listed.hash == digest_of_nothing || !joined.empty();
  listed.sized = !joined.empty();
  if (listed.sized) listed.hash = joined;
  return listed;
}

// "/container/a/b" as manifests write it.
Segment segment_at(std::string path) {
  if (!path.empty() && path.front() == '/') path.erase(0, 1);
  const size_t slash = std::min(path.find('/'), path.size());
  Segment segment;
  segment.container = path.substr(0, slash);
  segment.name = path.substr(std::min(slash + 1, path.size()));
  return segment;
}

json place_of(const Segment& segment) {
  return {{"path", '/' + segment.place()}, {"etag", segment.etag}, {"size_bytes", segment.size}};
}

// A manifest reads back with other keys than it was written with.
Segment segment_of(const json& entry) {
  Segment segment =
      segment_at(entry.contains("name") ? text_of(entry, "name") : text_of(entry, "path"));
  segment.size = entry.at(entry.contains("bytes") ? "bytes" : "size_bytes").get<uint64_t>();
  segment.etag = entry.contains("hash") ? text_of(entry, "hash") : text_of(entry, "etag");
  segment.partly = entry.contains("range") || entry.value("sub_slo", false);
  return segment;
}

json segments_document(const std::vector<Segment>& segments) {
  json list = json::array();
  for (const Segment& segment : segments) list.push_back(place_of(segment));
  return list;
}

std::vector<Segment> segments_of(const json& list) {
  std::vector<Segment> segments;
  for (const json& entry : list) segments.push_back(segment_of(entry));
  return segments;
}

std::vector<BulkFailure> failures_of(const json& result) {
  std::vector<BulkFailure> failures;
  for (const json& pair : result.value("Errors", json::array()))
    failures.push_back({pair.at(0).get<std::string>(), pair.at(1).get<std::string>()});
  return failures;
}

std::vector<std::string> texts_of(const json& object, const char* key) {
  std::vector<std::string> texts;
  for (const json& text : object.value(key, json::array()))
    if (text.is_string()) texts.push_back(text.get<std::string>());
  return texts;
}

// "2.3.0" and later keep a key per container. Ceph's gateway stores such a key and ignores it.
bool has_container_keys(const std::string& version) {
  int major = 0;
  int minor = 0;
  return std::sscanf(version.c_str(), "%d.%d", &major, &minor) == 2 &&
         (major > 2 || (major == 2 && minor >= 3));
}

}  // namespace

std::string bare(std::string_view etag) {
  std::string text(etag);
  text.erase(std::remove(text.begin(), text.end(), '"'), text.end());
  return text;
}

std::string Segment::place() const {
  return container + '/' + name;
}

bool Upload::owns(const Segment& segment) const {
  return segment.name.starts_with(path + '/');
}

uint64_t total_size(const std::vector<Segment>& segments) noexcept {
  return std::accumulate(segments.begin(), segments.end(), uint64_t{0},
                         [](uint64_t sum, const Segment& segment) { return sum + segment.size; });
}

std::vector<Listed> read_listing(std::string_view body) {
  return parsed(body, "a listing", [](const json& list) {
    std::vector<Listed> found;
    for (const json& entry : list) found.push_back(listed_of(entry));
    return found;
  });
}

std::vector<Segment> read_manifest(std::string_view body) {
  return parsed(body, "a manifest", segments_of);
}

BulkResult read_bulk_result(std::string_view body) {
  return parsed(body, "the result of a bulk delete", [](const json& result) {
    BulkResult read;
    read.status = result.at("Response Status").get<std::string>();
    read.deleted = number_of(result, "Number Deleted");
    read.missing = number_of(result, "Number Not Found");
    read.failures = failures_of(result);
    return read;
  });
}

std::vector<BulkFailure> read_failures(std::string_view body) {
  try {
    return failures_of(json::parse(body));
  } catch (const json::exception&) {
    return {};
  }
}

Upload read_upload(std::string_view body) {
  return parsed(body, "the note about an unfinished upload", [](const json& note) {
    // Without "closed", nothing tells whether its writer is still at work.
    return Upload{note.at("path").get<std::string>(),
                  segments_of(note.at("segments")),
                  text_of(note, "writer"),
                  note.value("closed", false),
                  text_of(note, "taken"),
                  text_of(note, "base")};
  });
}

Features read_features(std::string_view body) {
  return parsed(body, "what it can do", [](const json& info) {
    Features features;
    features.known = true;
    const json swift = info.value("swift", json::object());
    // Ceph's gateway names this limit otherwise and tells its own version; it ignores conditions,
    // knows the account's key only, and its manifests cannot be read back.
    features.conditional = swift.contains("max_object_name_length");
    features.longest_name = swift.value("max_object_name_length", features.longest_name);
    features.largest_object = swift.value("max_file_size", features.largest_object);
    features.container_keys = features.conditional && has_container_keys(text_of(swift, "version"));
    if (info.contains("bulk_delete"))
      features.bulk_deletes = info["bulk_delete"].value("max_deletes_per_request", 1'000U);
    if (info.contains("slo") && features.conditional) {
      features.slo_segments = info["slo"].value("max_manifest_segments", 1'000U);
      features.slo_smallest = info["slo"].value("min_segment_size", uint64_t{1024 * 1024});
    }
    if (info.contains("tempurl")) {
      features.url_methods = texts_of(info["tempurl"], "methods");
      features.url_digests = texts_of(info["tempurl"], "allowed_digests");
    }
    return features;
  });
}

std::string manifest_document(const std::vector<Segment>& segments) {
  return segments_document(segments).dump();
}

std::string upload_document(const Upload& upload) {
  return json{{"path", upload.path},     {"segments", segments_document(upload.segments)},
              {"writer", upload.writer}, {"closed", upload.closed},
              {"taken", upload.taken},   {"base", upload.base}}
      .dump();
}

}  // namespace berth::swift
