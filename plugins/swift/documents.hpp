// SPDX-License-Identifier: Apache-2.0
//
// The service's JSON: listings, manifests, the result of a bulk delete, what it can do; and our own
// note about an unfinished upload.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::swift {

// One entry of a container's listing: an object, or a common prefix (a name that ends in '/').
struct Listed {
  std::string name;
  bool is_prefix = false;
  std::optional<uint64_t> size;  // nullopt: the listing does not say
  std::optional<int64_t> mtime_ns;
  std::string hash;
  bool large = false;  // a manifest, whose size the listing may not know
  bool sized = false;  // the size holds for a manifest too
};

// An object that is a piece of a large one.
struct Segment {
  std::string container;
  std::string name;
  uint64_t size = 0;
  std::string etag;
  bool partly = false;  // a manifest uses a range of it, or what it is a manifest of

  [[nodiscard]] std::string place() const;  // "container/name"
};
[[nodiscard]] uint64_t total_size(const std::vector<Segment>& segments) noexcept;

// An ETag without its quotes.
[[nodiscard]] std::string bare(std::string_view etag);

// What is known of an upload that was begun, as it lies in its marker object.
struct Upload {
  std::string path;               // of its segments; a part of the container
  std::vector<Segment> segments;  // in order: of the object that is appended to, then its own
  std::string writer;             // the one that writes it, or wrote it last
  bool closed = false;            // by that one, which is at work no more
  std::string taken;              // path of the upload that it goes on with by copies
  // Version of the object when the writer was opened, see version_of(): the upload is void once the
  // object is another one. Empty: an older version of this program did not record it.
  std::string base = {};

  [[nodiscard]] bool owns(const Segment& segment) const;  // whether it lies below the path
};

// What the service tells of itself.
struct Features {
  bool known = false;        // it answered
  bool conditional = false;  // Swift itself: If-Match, If-None-Match and manifests can be relied on
  bool container_keys = false;
  uint32_t slo_segments = 0;  // 0: no static large objects
  uint64_t slo_smallest = 1;
  uint64_t largest_object = 5'368'709'120;
  uint64_t longest_name = 1'024;
  uint32_t bulk_deletes = 0;  // 0: no bulk delete
  std::vector<std::string> url_methods;
  std::vector<std::string> url_digests;
};

struct BulkFailure {
  std::string name, status;
};
struct BulkResult {
  std::string status;                        // "200 OK"
  std::optional<uint64_t> deleted, missing;  // nullopt: the service does not say
  std::vector<BulkFailure> failures;
};

// Each throws UNAVAILABLE, retryable, when the body is no such document, or a segment has no size.
[[nodiscard]] std::vector<Listed> read_listing(std::string_view body);
[[nodiscard]] std::vector<Segment> read_manifest(std::string_view body);
[[nodiscard]] BulkResult read_bulk_result(std::string_view body);
// Of an answer that may be something else, which has none then.
[[nodiscard]] std::vector<BulkFailure> read_failures(std::string_view body);
[[nodiscard]] Upload read_upload(std::string_view body);
[[nodiscard]] Features read_features(std::string_view body);

[[nodiscard]] std::string manifest_document(const std::vector<Segment>& segments);
[[nodiscard]] std::string upload_document(const Upload& upload);

}  // namespace berth::swift
