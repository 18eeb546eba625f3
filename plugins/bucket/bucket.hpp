// SPDX-License-Identifier: Apache-2.0
//
// The operations on one bucket, by key, of the services that join objects of parts: S3 and OSS.
// Each throws sdk::Error with the service's code and request id. [any]
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

// What clients say of an object, and the service keeps beside its content.
struct Description {
  std::string content_type;  // empty: the default one
  http::Headers more;        // metadata, Cache-Control and their like
};

struct ObjectInfo {
  uint64_t size = 0;
  std::optional<int64_t> mtime_ns;
  std::string etag;
};

// What HEAD tells besides.
struct KeptObject : ObjectInfo {
  Description description;
  std::string mark;  // of the write that made it; see Bucket::mark
};

// Identifies the write that made an object: two writes of the same content differ. Two answers to
// HEAD are of one write if and only if their versions are equal; for objects of other programs,
// which have no mark, the ETag and the time of modification decide.
using ObjectVersion = std::string;

// Of "no object": equal to itself only.
[[nodiscard]] ObjectVersion version_of(const std::optional<KeptObject>& object);

struct NewUpload {
  std::string id;
  std::string mark;     // empty: unknown, an earlier writer started it; the ETag decides
  bool resent = false;  // an answer was lost: there may be a second one that nobody knows
};

// What a writer that was closed has left beside its upload.
struct UploadRecord {
  std::string upload;
  uint64_t offset = 0;        // bytes in the upload's parts
  std::string pending_bytes;  // behind them; too few for a part
  Description description;    // of the object, should the upload not be needed in the end
  // Of the object when the writer was opened. The upload is void once the object is another one.
  // Empty: an older version of this program did not record it.
  ObjectVersion base;
  std::string mark;  // of the write that made this record; ignored by put_record
};

// For messages: 'key'.
[[nodiscard]] std::string quoted(std::string_view key);

class Bucket {
 public:
  // Service, client and clock are borrowed.
  Bucket(Settings settings, Requests& requests, http::Client& client, http::Clock& clock);

  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }
  [[nodiscard]] Requests& requests() noexcept { return requests_; }
  [[nodiscard]] http::Retrier& retrier() noexcept { return retrier_; }
  [[nodiscard]] http::Transfers& transfers() noexcept { return transfers_; }
  [[nodiscard]] const common::PartPlan& part_plan() const noexcept { return part_plan_; }

  // ---- Objects
  // nullopt: there is no such object, or no such bucket; see check_bucket(). The size is always
  // known: where the answer lacks it, a GET of the first byte is asked.
  [[nodiscard]] std::optional<KeptObject> head(std::string_view key, const sdk::Call& call);

  // Throws when the bucket does not exist, which an answer to HEAD does not say. One request.
  void check_bucket(const sdk::Call& call);

  void put(std::string_view key, std::string_view bytes, const Description& description,
           bool create_only, const sdk::Call& call);
  [[nodiscard]] common::Page page(const common::PageRequest& request, const sdk::Call& call);

  // At most 1,000 keys. What could not be deleted is an error that names it. A service without
  // DeleteObjects gets one request for each key, which is found out once.
  void remove(const std::vector<std::string>& keys, const sdk::Call& call);

  // Deletes the object if it is still that version, else throws PRECONDITION_FAILED: by a condition
  // where the service has one, and by HEAD just before.
  void remove_version(const std::string& key, const KeptObject& object, const sdk::Call& call);

  // In one request; of the version with that etag where the service checks it. The copy is a
  // version of its own. Throws CORRUPT when it is not as large as the source.
  void copy_whole(std::string_view source, std::string_view destination, const KeptObject& info,
                  const sdk::Call& call);

  [[nodiscard]] Operation read_operation(std::string_view key) const;

  // ---- Uploads by parts
  [[nodiscard]] NewUpload start_upload(std::string_view key, const Description& description,
                                       const sdk::Call& call);
  [[nodiscard]] Operation part_operation(std::string_view key, const std::string& upload,
                                         int number, std::string_view bytes) const;
  [[nodiscard]] Operation part_copy_operation(std::string_view key, const std::string& upload,
                                              int number, std::string_view source,
                                              const std::string& source_etag, uint64_t first,
                                              uint64_t last) const;
  // The part that an answer to one of the two stands for.
  [[nodiscard]] common::Part part_of(int number, uint64_t size, const Operation& operation,
                                     const http::Response& answer) const;
  // Throws CORRUPT when the object is not as large as its parts.
  void complete_upload(std::string_view key, const NewUpload& upload,
                       const std::vector<common::Part>& parts, bool create_only,
                       const sdk::Call& call);
  void abort_upload(std::string_view key, const std::string& upload, const sdk::Call& call);

  // Aborts in the time it needs, whatever the caller's deadline, and returns the error to throw:
  // `reason`, with the upload's name added where it could not be aborted.
  [[nodiscard]] sdk::Error abandon_upload(std::string_view key, const std::string& upload,
                                          const sdk::Error& reason);

  // Of exactly that key, oldest first.
  [[nodiscard]] std::vector<Upload> uploads(std::string_view key, const sdk::Call& call);
  // Of exactly that key, and what is recorded of them.
  void abort_uploads(std::string_view key, const sdk::Call& call);
  // Of that key and of the keys below it. Returns how many there were.
  size_t abort_uploads_below(std::string_view key, const sdk::Call& call);
  [[nodiscard]] std::vector<common::Part> parts(std::string_view key, const std::string& upload,
                                                const sdk::Call& call);

  // ---- What lies beside an unfinished upload; see tails.cpp
  // Returns the mark of the new record.
  std::string put_record(std::string_view key, const UploadRecord& record, const sdk::Call& call);
  // Of whatever upload; nullopt: there is none.
  [[nodiscard]] std::optional<UploadRecord> find_record(std::string_view key,
                                                        const sdk::Call& call);
  // Of the record; empty: there is none, or it has no mark.
  [[nodiscard]] std::string record_mark(std::string_view key, const sdk::Call& call);
  void remove_record(std::string_view key, const sdk::Call& call);
  // Recognises these records in one listing; `call` is borrowed. See Lookup.
  [[nodiscard]] common::Lookup::IsRecord record_filter(const sdk::Call& call);

  // Throws what the answer means unless it is a good one.
  void check(const http::Response& answer, const Operation& operation) const;

 private:
  http::Response send(Operation operation, const sdk::Call& call);
  http::Response answer_to(const Operation& operation, const sdk::Call& call);
  [[nodiscard]] std::vector<Upload> uploads_beginning(std::string_view prefix,
                                                      const sdk::Call& call);
  [[nodiscard]] std::string header(std::string_view name) const;
  [[nodiscard]] std::string doing(const Operation& operation) const;
  void add_copy_source(http::Headers& headers, std::string_view key, const std::string& etag) const;
  void add_new_object_headers(http::Headers& headers, const Description& description) const;
  static void add_description(http::Headers& headers, const Description& description);
  [[nodiscard]] Description description_of(const http::Response& answer) const;
  // Adds a random mark to a new object. It sets the write apart from another one of the same
  // content: for a writer that lost the answer, and for uploads that the write voids.
  [[nodiscard]] std::string mark(http::Headers& headers) const;
  // Throws unless the object has the ETag that was expected or, failing that, the size.
  void check_made(std::string_view key, std::string_view made, std::string_view expected,
                  uint64_t size, const sdk::Call& call);
  [[nodiscard]] std::string record_key(std::string_view key) const;
  [[nodiscard]] std::set<std::string> known_records(const sdk::Call& call);
  [[nodiscard]] bool is_record(const std::string& key, const sdk::Call& call);
  void remove_one(const std::string& key, const sdk::Call& call);
  void remove_singly(const std::vector<std::string>& keys, const sdk::Call& call);
  [[nodiscard]] static Operation delete_operation(const std::string& key);
  // What a deletion failed with; ok() when the key is gone.
  [[nodiscard]] common::ServiceError deletion_error(const http::Response& answer) const;
  // nullopt: the service refuses the request as a whole, so that single ones may help.
  [[nodiscard]] std::optional<std::vector<DeleteFailure>> try_remove(
      const std::vector<std::string>& keys, const sdk::Call& call);
  [[nodiscard]] bool is_refused_as_a_whole(const http::Response& answer) const;
  // The error that the failures come to, and whether repeating may help.
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
  std::atomic<bool> deletes_many_{true};  // as far as is known
};

}  // namespace berth::bucket
