// SPDX-License-Identifier: Apache-2.0
//
// What the service can do, as calls: one function an operation. Names of objects are whole, with
// the prefix. large_objects.hpp knows what manifests and segments mean.
#pragma once

#include <berth/driver.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/retry.hpp"
#include "common/http/transfers.hpp"
#include "common/key_tree.hpp"
#include "documents.hpp"
#include "requests.hpp"
#include "settings.hpp"

namespace berth::swift {

// Metadata that the driver gives its manifests.
inline constexpr const char* size_header = "X-Object-Meta-Berth-Size";
inline constexpr const char* moved_to_header = "X-Object-Meta-Berth-Moved-To";
inline constexpr const char* moved_from_header = "X-Object-Meta-Berth-Moved-From";
inline constexpr const char* adopted_header = "X-Object-Meta-Berth-Adopted";

struct ObjectInfo {
  uint64_t size = 0;
  bool sized = true;  // false: not known, as of a dynamic large object of 10,000 segments and more
  std::optional<int64_t> mtime_ns;
  std::string timestamp;  // of the write, X-Timestamp: no two writes have the same one
  std::string etag;       // without quotes
  std::string content_type;
  std::string manifest;              // of a dynamic large object: "container/path of the segments"
  bool is_static = false;            // a static large object
  std::optional<uint64_t> whole;     // the size it had when the driver wrote its manifest
  std::string moved_to, moved_from;  // names of the other manifest of a move that was not finished
  bool adopted = false;  // segments were another program's manifest's, who may use them elsewhere

  [[nodiscard]] bool is_large() const noexcept { return is_static || !manifest.empty(); }
  // Whether the marks tell of all who may use the segments.
  [[nodiscard]] bool records_partners() const noexcept { return whole && !adopted; }
};

// What the headers of an answer to HEAD or GET tell.
[[nodiscard]] ObjectInfo object_info(const http::Response& answer);

// Identifies the write that made an object; of "no object" too. Equal for two answers to HEAD if
// and only if they are of one write (changing an object's metadata counts as a write).
[[nodiscard]] std::string version_of(const std::optional<ObjectInfo>& object);

// A dynamic large object some of whose segments the service does not see (yet).
[[nodiscard]] bool is_short(const http::Response& answer);

struct PutOptions {
  std::string content_type;  // empty: application/octet-stream
  bool create_only = false;
};

class Container {
 public:
  Container(const sdk::Parameters& parameters, const sdk::Call& call);

  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }
  [[nodiscard]] const Features& features() const noexcept { return features_; }
  // A static large object of which the service does not tell the segments.
  [[nodiscard]] bool hides_segments(const ObjectInfo& info) const noexcept {
    return info.is_static && !features_.conditional;
  }
  [[nodiscard]] const std::string& name() const noexcept { return settings_.container; }
  [[nodiscard]] http::Retrier& retrier() noexcept { return retrier_; }
  [[nodiscard]] http::Transfers& transfers() noexcept { return transfers_; }
  [[nodiscard]] Requests& requests() noexcept { return requests_; }

  [[nodiscard]] Operation operation(std::string_view method, std::string_view object) const;
  http::Response send(const Operation& operation, const sdk::Call& call);  // throws unless 2xx

  // One request: an object that is being replaced may be missed; see listing_check.hpp. The size of
  // an object without a dynamic manifest is always known: where the answer lacks it, a GET of the
  // first byte is asked.
  [[nodiscard]] std::optional<ObjectInfo> head(std::string_view object, const sdk::Call& call);
  [[nodiscard]] std::optional<ObjectInfo> head(const Segment& segment, const sdk::Call& call);
  // As many looks as it takes, for those to whom "missing" is an answer.
  [[nodiscard]] std::optional<ObjectInfo> find(const std::string& object, const sdk::Call& call);
  // head() and find() of many, several at once; in their order.
  [[nodiscard]] std::vector<std::optional<ObjectInfo>> head_all(const std::vector<Segment>& objects,
                                                                const sdk::Call& call);
  [[nodiscard]] std::vector<std::optional<ObjectInfo>> find_all(
      const std::vector<std::string>& objects, const sdk::Call& call);

  // The whole object, at most features().largest_object. ALREADY_EXISTS with create_only.
  void put(std::string_view object, std::string_view bytes, const PutOptions& options,
           const sdk::Call& call);
  // ALREADY_EXISTS when it does: not every service heeds the condition of a write.
  void refuse_existing(std::string_view object, const sdk::Call& call);
  [[nodiscard]] std::optional<http::Response> get(std::string_view object,
                                                  const common::Query& query,
                                                  const sdk::Call& call);

  // One page of a listing, of this container or another one, as the service has it.
  [[nodiscard]] std::vector<Listed> list(std::string_view container,
                                         const common::PageRequest& request, const sdk::Call& call);
  // All objects of a container that begin with the prefix.
  [[nodiscard]] std::vector<Listed> list_all(std::string_view container, std::string_view prefix,
                                             const sdk::Call& call);

  // On the service's side; a large object becomes a plain one. Returns the ETag of the copy,
  // without quotes.
  std::string copy(std::string_view source_container, std::string_view source,
                   std::string_view target, const sdk::Call& call);
  // Copies a segment into this container; throws CORRUPT if the copy has another ETag.
  void copy_segment(const Segment& segment, const std::string& target, const sdk::Call& call);

  // Deletes the object if its version is still this one, as HEAD reports it just before; else
  // throws PRECONDITION_FAILED.
  void remove_version(const std::string& object, const std::string& version, const sdk::Call& call);

  // Any number, of any container; those that are gone already count as deleted. What could not be
  // deleted is an error that names it. Never touches the segments of a manifest.
  void remove(const std::vector<Segment>& objects, const sdk::Call& call);
  void remove(const std::vector<std::string>& objects, const sdk::Call& call);

  static void check(const http::Response& answer, const Operation& operation);

 private:
  [[nodiscard]] std::vector<Segment> places(const std::vector<std::string>& objects) const;
  void create_if_missing(const sdk::Call& call);
  void learn_features(const sdk::Call& call);
  void remove_one(const Segment& object, const sdk::Call& call);
  void learn_size(const Segment& object, ObjectInfo& info, const sdk::Call& call);

  const Settings settings_;
  http::Client client_;
  http::Clock clock_;
  http::Retrier retrier_;
  Requests requests_;
  http::Transfers transfers_;
  Features features_;
};

}  // namespace berth::swift
