// SPDX-License-Identifier: Apache-2.0
//
// The service's operations on one bucket, by key. Each throws sdk::Error with the service's code
// and request id. [any]
#ifndef BERTH_S3_BUCKET_HPP
#define BERTH_S3_BUCKET_HPP

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/key_tree.hpp"
#include "common/part_plan.hpp"
#include "common/retry.hpp"
#include "common/transfers.hpp"
#include "documents.hpp"
#include "requests.hpp"
#include "settings.hpp"

namespace berth::s3 {

struct ObjectInfo {
  uint64_t size = 0;
  std::optional<int64_t> mtime_ns;
  std::string etag;
  std::string content_type;
};

// What the headers of an answer to HEAD or GET tell.
[[nodiscard]] ObjectInfo object_info(const http::Response& answer);

class Bucket {
 public:
  explicit Bucket(const sdk::Parameters& parameters);

  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }
  [[nodiscard]] http::Client& client() noexcept { return client_; }
  [[nodiscard]] http::Retrier& retrier() noexcept { return retrier_; }
  [[nodiscard]] const common::PartPlan& part_plan() const noexcept { return part_plan_; }
  [[nodiscard]] http::Transfers& transfers() noexcept { return transfers_; }
  [[nodiscard]] Requests& requests() noexcept { return requests_; }

  // ---- Objects
  [[nodiscard]] std::optional<ObjectInfo> head(std::string_view key, const sdk::Call& call);
  void put(std::string_view key, std::string_view bytes, const sdk::WriteOptions& options,
           const sdk::Call& call);
  [[nodiscard]] common::Page page(const common::PageRequest& request, const sdk::Call& call);

  // At most 1,000 keys. What could not be deleted is an error that names it.
  void remove(const std::vector<std::string>& keys, const sdk::Call& call);

  // At most 5 GiB, in one request; of the version with that etag where the service checks it.
  void copy_whole(std::string_view source, std::string_view destination, const ObjectInfo& info,
                  const sdk::Call& call);

  [[nodiscard]] Operation read_operation(std::string_view key) const;

  // ---- Uploads by parts
  [[nodiscard]] std::string start_upload(std::string_view key, std::string_view content_type,
                                         const sdk::Call& call);
  [[nodiscard]] Operation part_operation(std::string_view key, const std::string& upload,
                                         int number, std::string_view bytes) const;
  [[nodiscard]] Operation part_copy_operation(std::string_view key, const std::string& upload,
                                              int number, std::string_view source,
                                              const std::string& source_etag, uint64_t first,
                                              uint64_t last) const;
  // The part that an answer to one of the two stands for.
  [[nodiscard]] Part part_of(int number, uint64_t size, const Operation& operation,
                             const http::Response& answer) const;
  void complete_upload(std::string_view key, const std::string& upload,
                       const std::vector<Part>& parts, bool create_only, const sdk::Call& call);
  void abort_upload(std::string_view key, const std::string& upload, const sdk::Call& call);

  // Aborts in the time it needs, whatever the caller's deadline, and returns the error to throw:
  // `reason`, with the upload's name added where it could not be aborted.
  [[nodiscard]] sdk::Error abandon_upload(std::string_view key, const std::string& upload,
                                          const sdk::Error& reason);

  // Of exactly that key, oldest first.
  [[nodiscard]] std::vector<Upload> uploads(std::string_view key, const sdk::Call& call);
  // Of that key and of the keys below it.
  void abort_uploads_below(std::string_view key, const sdk::Call& call);
  [[nodiscard]] std::vector<Part> parts(std::string_view key, const std::string& upload,
                                        const sdk::Call& call);

  // ---- The last bytes of an unfinished upload, too few for a part; see bucket_tails.cpp
  void put_tail(std::string_view key, const std::string& upload, uint64_t offset,
                std::string_view bytes, const sdk::Call& call);
  // Of that upload, and right behind `offset` bytes; nullopt: there is none.
  [[nodiscard]] std::optional<std::string> tail(std::string_view key, const std::string& upload,
                                                uint64_t offset, const sdk::Call& call);
  void remove_tail(std::string_view key, const sdk::Call& call);

  // Throws what the answer means unless it is a good one.
  static void check(const http::Response& answer, const Operation& operation);

 private:
  http::Response send(Operation operation, const sdk::Call& call);
  [[nodiscard]] std::vector<Upload> uploads_beginning(std::string_view prefix,
                                                      const sdk::Call& call);
  void add_new_object_headers(http::Headers& headers, std::string_view content_type) const;
  void add_encryption_headers(http::Headers& headers) const;
  void add_checksum_headers(http::Headers& headers, std::string_view bytes) const;
  [[nodiscard]] const char* checksum_element() const noexcept;
  [[nodiscard]] std::string tail_key(std::string_view key) const;
  void remove_one(const std::string& key, const sdk::Call& call);
  [[nodiscard]] std::vector<DeleteFailure> try_remove(const std::vector<std::string>& keys,
                                                      const sdk::Call& call);
  [[nodiscard]] bool is_completed(std::string_view key, const std::vector<Part>& parts,
                                  const sdk::Call& call);

  const Settings settings_;
  const common::PartPlan part_plan_;
  http::Client client_;
  http::Clock clock_;
  http::Retrier retrier_;
  Requests requests_;
  http::Transfers transfers_;
};

}  // namespace berth::s3

#endif  // BERTH_S3_BUCKET_HPP
