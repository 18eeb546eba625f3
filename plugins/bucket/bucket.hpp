// SPDX-License-Identifier: Apache-2.0
//
// The operations on one bucket of S3 or OSS, by key. Each throws sdk::Error with the service's code
// and request id. [any]
#pragma once

#include <atomic>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bucket/documents.hpp"
#include "bucket/requests.hpp"
#include "bucket/settings.hpp"
#include "common/http/retry.hpp"
#include "common/http/transfers.hpp"
#include "common/key_tree.hpp"
#include "common/multipart_writer.hpp"
#include "common/part_plan.hpp"

namespace berth::bucket {

// The headers that a client stores with an object.
struct Description {
  std::string content_type;  // empty: the default
  http::Headers more;        // metadata, Cache-Control and the like
};

struct ObjectInfo {
  uint64_t size = 0;
  std::optional<int64_t> mtime_ns;
  std::string etag;
};

// What HEAD returns.
struct KeptObject : ObjectInfo {
  Description description;
  std::string mark;  // of the write that made the object; see Bucket::mark. Empty: it has none
};

// Identifies the write that made an object: two writes of the same content have different versions.
// An object of another program has no mark; its version is its ETag and time of modification.
using ObjectVersion = std::string;

// nullopt, no object, has a version of its own.
[[nodiscard]] ObjectVersion version_of(const std::optional<KeptObject>& object);

struct NewUpload {
  std::string id;
  std::string mark;     // of the object to be; empty: unknown, an earlier writer started the upload
  bool resent = false;  // an answer was lost, so there may be a second upload
};

// What a closed writer saves of its upload; see upload_record.cpp.
struct UploadRecord {
  std::string upload;
  uint64_t offset = 0;        // size of the parts that were uploaded before the close
  std::string pending_bytes;  // after them; too few for a part
  Description description;    // of the object, for an object that gets no parts in the end
  // The version of the object when the writer was opened. Any other version voids the upload.
  // Empty: an older release of this program recorded none.
  ObjectVersion base;
  std::string mark;  // of the write that made this record; ignored by put_record
};

// Whether the object is not the one that the recorded upload began with. Without a recorded version
// any object may be newer.
[[nodiscard]] bool is_void(const UploadRecord& record, const ObjectVersion& object);

// The last answer to an operation.
struct Answer : http::Response {
  Assessment read;
};

// 'key', for messages.
[[nodiscard]] std::string quoted(std::string_view key);

class Bucket {
 public:
  // Requests, client and clock are borrowed.
  Bucket(Settings settings, Requests& requests, http::Client& client, http::Clock& clock);

  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }
  [[nodiscard]] Requests& requests() noexcept { return requests_; }
  [[nodiscard]] http::Retrier& retrier() noexcept { return retrier_; }
  [[nodiscard]] http::Transfers& transfers() noexcept { return transfers_; }
  [[nodiscard]] const common::PartPlan& part_plan() const noexcept { return part_plan_; }

  // ---- Objects
  // nullopt: no such object, or no such bucket; see check_bucket(). The size is always known: where
  // the answer lacks it, a GET of the first byte returns it.
  [[nodiscard]] std::optional<KeptObject> head(std::string_view key, const sdk::Call& call);

  // Throws when the bucket does not exist, which HEAD does not report. One request.
  void check_bucket(const sdk::Call& call);

  // Returns the ETag of the new object.
  std::string put(std::string_view key, std::string_view bytes, const Description& description,
                  bool create_only, const sdk::Call& call);

  // The headers of an object with these attributes, and back.
  [[nodiscard]] Description description_of(const sdk::AttributeView& attributes) const;
  [[nodiscard]] std::vector<sdk::Attribute> attributes_of(const Description& description) const;
  // Whether both have the same attributes.
  [[nodiscard]] bool same(const Description& a, const Description& b) const;
  [[nodiscard]] common::Page page(const common::PageRequest& request, const sdk::Call& call);

  // Deletes at most 1,000 keys. The error names a key that could not be deleted. A service without
  // DeleteObjects gets one request per key; the store finds that out once.
  void remove(const std::vector<std::string>& keys, const sdk::Call& call);

  // Deletes the object if it is still that version, else throws PRECONDITION_FAILED. The check is a
  // condition of the request where the service has one, and a HEAD just before.
  void remove_version(const std::string& key, const KeptObject& object, const sdk::Call& call);

  // Copies in one request; of the version with that ETag where the service checks it. The copy is a
  // version of its own; returns its ETag. Throws CORRUPT when it is not as large as the source.
  std::string copy_whole(std::string_view source, std::string_view destination,
                         const KeptObject& info, const sdk::Call& call);

  [[nodiscard]] Operation read_operation(std::string_view key) const;

  // ---- Multipart uploads
  [[nodiscard]] NewUpload start_upload(std::string_view key, const Description& description,
                                       const sdk::Call& call);
  [[nodiscard]] Operation part_operation(std::string_view key, const std::string& upload,
                                         int number, std::string_view bytes) const;
  [[nodiscard]] Operation part_copy_operation(std::string_view key, const std::string& upload,
                                              int number, std::string_view source,
                                              const std::string& source_etag, uint64_t first,
                                              uint64_t last) const;
  // The part that an answer to one of the two operations above describes.
  [[nodiscard]] common::Part part_of(int number, uint64_t size, const Operation& operation,
                                     const http::Response& answer) const;
  // Returns the ETag of the object, empty if it is unknown. Throws CORRUPT when the object is not
  // as large as its parts.
  std::string complete_upload(std::string_view key, const NewUpload& upload,
                              const std::vector<common::Part>& parts, bool create_only,
                              const sdk::Call& call);
  void abort_upload(std::string_view key, const std::string& upload, const sdk::Call& call);

  // Aborts the upload, whatever the caller's deadline, and returns the error to throw: `reason`,
  // with the upload's id added if it could not be aborted.
  [[nodiscard]] sdk::Error abandon_upload(std::string_view key, const std::string& upload,
                                          const sdk::Error& reason);

  // The uploads of exactly that key, oldest first.
  [[nodiscard]] std::vector<Upload> uploads(std::string_view key, const sdk::Call& call);
  // Aborts the uploads of exactly that key and removes their record.
  void abort_uploads(std::string_view key, const sdk::Call& call);
  // The same for that key and the keys below it. Returns the number of uploads.
  std::size_t abort_uploads_below(std::string_view key, const sdk::Call& call);
  [[nodiscard]] std::vector<common::Part> parts(std::string_view key, const std::string& upload,
                                                const sdk::Call& call);

  // ---- Records of closed uploads; see upload_record.cpp
  // Returns the mark of the new record. With `create_only`, throws ALREADY_EXISTS if there is a
  // record, by a condition of the request: a service that ignores the condition replaces it.
  std::string put_record(std::string_view key, const UploadRecord& record, bool create_only,
                         const sdk::Call& call);
  // nullopt: there is none.
  [[nodiscard]] std::optional<UploadRecord> find_record(std::string_view key,
                                                        const sdk::Call& call);
  // The same without the pending bytes, by HEAD.
  [[nodiscard]] std::optional<UploadRecord> peek_record(std::string_view key,
                                                        const sdk::Call& call);
  void remove_record(std::string_view key, const sdk::Call& call);
  // Recognises the records in one listing; `call` is borrowed. See common::Lookup.
  [[nodiscard]] common::Lookup::IsRecord record_filter(const sdk::Call& call);

 private:
  Answer answer_to(const Operation& operation, const sdk::Call& call);
  Answer send(const Operation& operation, const sdk::Call& call);  // throws unless it succeeds
  void check(const Answer& answer, const Operation& operation) const;
  // Writes an object that may exist only if this request made it.
  std::string create(Operation operation, const std::string& mark, const sdk::Call& call);
  [[nodiscard]] std::optional<UploadRecord> record_in(Answer&& answer,
                                                      const Operation& operation) const;
  [[nodiscard]] std::vector<Upload> uploads_beginning(std::string_view prefix,
                                                      const sdk::Call& call);
  [[nodiscard]] std::string header(std::string_view name) const;
  [[nodiscard]] std::string doing(const Operation& operation) const;
  void add_copy_source(http::Headers& headers, std::string_view key, const std::string& etag) const;
  void add_new_object_headers(http::Headers& headers, const Description& description) const;
  static void add_description(http::Headers& headers, const Description& description);
  [[nodiscard]] Description description_of(const http::Response& answer) const;
  // Adds a random mark to a new object and returns it. The mark distinguishes this write from
  // others of the same content: after a lost answer, and for uploads that the write voids.
  [[nodiscard]] std::string mark(http::Headers& headers) const;
  // Throws unless the object has the expected ETag or, failing that, the size.
  void check_made(std::string_view key, std::string_view made, std::string_view expected,
                  uint64_t size, const sdk::Call& call);
  [[nodiscard]] std::string record_key(std::string_view key) const;
  [[nodiscard]] std::set<std::string> known_records(const sdk::Call& call);
  [[nodiscard]] bool is_record(const std::string& key, const sdk::Call& call);
  void remove_one(const std::string& key, const sdk::Call& call);
  void remove_singly(const std::vector<std::string>& keys, const sdk::Call& call);
  // The error of a deletion; ok() when the key does not exist any more.
  [[nodiscard]] common::ServiceError deletion_error(common::ServiceError error) const;
  // nullopt: the service refuses the request as a whole, so that single deletions may succeed.
  [[nodiscard]] std::optional<std::vector<DeleteFailure>> try_remove(
      const std::vector<std::string>& keys, const sdk::Call& call);
  [[nodiscard]] bool is_refused_as_a_whole(const common::ServiceError& error) const;
  // The error for these failures, and whether another attempt may succeed.
  [[nodiscard]] std::pair<sdk::Error, bool> error_from(
      const std::vector<DeleteFailure>& failures) const;
  [[nodiscard]] bool is_completed(std::string_view key, const NewUpload& upload,
                                  const std::vector<common::Part>& parts, bool create_only,
                                  const sdk::Call& call);

  const Settings settings_;
  const common::PartPlan part_plan_;
  Requests& requests_;
  http::Retrier retrier_;
  http::Transfers transfers_;
  std::atomic<bool> deletes_many_{true};  // until the service refuses it
};

}  // namespace berth::bucket
