// SPDX-License-Identifier: Apache-2.0
//
// The service's operations on one container, by blob name. Each throws sdk::Error with the
// service's code and request id. [any]
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/retry.hpp"
#include "common/http/transfers.hpp"
#include "common/key_tree.hpp"
#include "common/part_plan.hpp"
#include "documents.hpp"
#include "page_starts.hpp"
#include "requests.hpp"
#include "settings.hpp"

namespace berth::azure {

// `other`: a type that this driver does not know, which it only reads and deletes.
enum class BlobType { block, append, page, other };

struct BlobInfo {
  uint64_t size = 0;
  std::optional<int64_t> mtime_ns;
  std::string etag;
  http::Headers description;  // see described()
  std::string content_md5;    // base64; where the service keeps one
  BlobType type = BlobType::block;

  // Of the last copy onto this blob; empty: there was none.
  std::string copy_id, copy_status, copy_source, copy_description;

  std::string mark;  // of the write that made it, where it had to know its own
};

// The attributes of a blob as headers of the request that writes it, and back. A name of metadata
// that is not an identifier, which the service requires, is stored as "berth_name_" and its bytes
// in hexadecimal digits.
[[nodiscard]] http::Headers described(const sdk::AttributeView& attributes);
[[nodiscard]] std::vector<sdk::Attribute> attributes_of(const http::Headers& description);

// Throws PRECONDITION_FAILED unless the blob has that ETag; empty: no condition.
void check_etag(const std::optional<BlobInfo>& info, std::string_view blob,
                std::string_view if_match);

// The ETag that a write or a removal is bound to. Throws UNAVAILABLE when the service reports none:
// without it, the version of another writer could be lost.
[[nodiscard]] const std::string& required_etag(const BlobInfo& info, std::string_view blob);

// Whether an answer about a blob says that it stands for a directory.
[[nodiscard]] bool is_folder(const http::Response& answer);

// When a write may happen; both empty: always.
struct Condition {
  bool create_only = false;
  std::string if_match;  // ETag

  // Whether what is there may not be put out of the way.
  [[nodiscard]] bool any() const noexcept { return create_only || !if_match.empty(); }
  void add_to(http::Headers& headers) const;
};

// What a listing is for: showing what is there, or deleting it, which takes folders and blobs of
// nothing but blocks that were never committed.
enum class Listing { shown, deleted };

class Container {
 public:
  explicit Container(const sdk::Parameters& parameters);

  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }
  [[nodiscard]] http::Retrier& retrier() noexcept { return retrier_; }
  [[nodiscard]] http::Transfers& transfers() noexcept { return transfers_; }
  [[nodiscard]] Requests& requests() noexcept { return requests_; }
  [[nodiscard]] const common::PartPlan& part_plan() const noexcept { return part_plan_; }

  // The blob of a key, with the leading slash that registries 2.x wrote where this store has it.
  // The first call may look what is there.
  [[nodiscard]] std::string blob(std::string_view key, const sdk::Call& call);

  // Keys, without that slash.
  [[nodiscard]] common::Page page(const common::PageRequest& request, Listing listing,
                                  const sdk::Call& call);

  // ---- Blobs. A folder is no blob.
  // The size is always known: where the answer lacks it, a GET of the first byte is asked.
  [[nodiscard]] std::optional<BlobInfo> head(std::string_view blob, const sdk::Call& call);
  // Returns the ETag of the new blob; empty: the answer that contained it was lost.
  std::string put(std::string_view blob, std::string_view bytes, const http::Headers& description,
                  const Condition& condition, const sdk::Call& call);
  [[nodiscard]] Operation delete_operation(std::string_view blob) const;

  // Whether many may be deleted by one request, as far as is known.
  [[nodiscard]] bool takes_batches() const noexcept { return takes_batches_; }
  void refuse_batches() noexcept { takes_batches_ = false; }

  // Deletes that version only. Fine if it is gone. False: another writer has replaced it since.
  bool remove_version(std::string_view blob, const std::string& etag, const sdk::Call& call);

  // Deletes a blob of another type than the wanted one, which the service does not replace. False:
  // a page blob or one of an unknown type is there, and stays.
  [[nodiscard]] bool make_room(std::string_view blob, BlobType wanted, const sdk::Call& call);

  // ---- Blocks
  [[nodiscard]] Operation block_operation(std::string_view blob, const std::string& id,
                                          std::string_view bytes) const;
  void put_block(std::string_view blob, const std::string& id, std::string_view bytes,
                 const sdk::Call& call);
  // Returns the ETag as put() does.
  std::string put_block_list(std::string_view blob, const std::vector<std::string>& ids,
                             const http::Headers& description, const Condition& condition,
                             const sdk::Call& call);
  [[nodiscard]] Operation blocks_operation(std::string_view blob) const;
  [[nodiscard]] static BlockList blocks_in(const http::Response& answer,
                                           const Operation& operation);  // none: empty
  [[nodiscard]] BlockList blocks(std::string_view blob, const sdk::Call& call);

  // Whether a block was refused because others, which are there, have names of another length.
  [[nodiscard]] static bool minds_block_id(const std::string& code) noexcept {
    return code == "InvalidBlobOrBlock" || code == "InvalidBlockId";
  }

  // Frees blocks of a blob that was never committed. False: there is a committed one.
  bool drop_blocks(std::string_view blob, const sdk::Call& call);

  // ---- For other operations
  // The last answer, good or not; `attempts` is set to the number of requests that it took. Creates
  // the container when that is wanted and it was never seen: one that was deleted while the store
  // is open must not pass for an empty one.
  http::Response send(const Operation& operation, const sdk::Call& call, int* attempts = nullptr);
  // Throws what the answer means unless it is a good one.
  static void check(const http::Response& answer, const Operation& operation);
  // The same for a write: a creation that is refused means ALREADY_EXISTS.
  static void check_write(const http::Response& answer, const Operation& operation,
                          const Condition& condition);

 private:
  http::Response try_send(const Operation& operation, const sdk::Call& call, int& attempts);
  void create_container(const sdk::Call& call);
  [[nodiscard]] BlobPage list(std::string_view prefix, const common::PageRequest& request,
                              Listing listing, const sdk::Call& call);
  [[nodiscard]] common::Page page_of(const common::PageRequest& request, Listing listing,
                                     const sdk::Call& call);
  [[nodiscard]] bool has_leading_slash(const sdk::Call& call);
  [[nodiscard]] bool look_for_leading_slash(const sdk::Call& call);
  [[nodiscard]] bool any_blob(std::string_view prefix, std::string_view except,
                              const sdk::Call& call);
  std::string put_over_blocks(std::string_view blob, std::string_view bytes,
                              const http::Headers& description, const sdk::Call& call);
  // Marks a write, so that its blob is known from another one of the same content when the answer
  // was lost.
  [[nodiscard]] static std::string add_mark(http::Headers& headers);

  const Settings settings_;
  const common::PartPlan part_plan_;
  http::Client client_;
  http::Clock clock_;
  http::Retrier retrier_;
  Requests requests_;
  http::Transfers transfers_;
  PageStarts page_starts_;
  std::atomic<bool> takes_batches_{true};
  std::atomic<bool> seen_{false};  // the container exists, or did
  std::mutex mutex_;               // of leading_slash_
  std::optional<bool> leading_slash_;
};

}  // namespace berth::azure
