// SPDX-License-Identifier: Apache-2.0
//
// A blob: the bytes of a file, stored in chunk objects. A blob that a directory entry names never
// changes: Berth writes all new content to a new blob.
#pragma once

#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "layout.hpp"
#include "requests.hpp"

namespace berth::rados {

inline constexpr std::int64_t second_ns = 1'000'000'000;

// What object 0 says about its blob.
struct BlobInfo {
  std::uint64_t size = 0;
  std::uint64_t chunk_size = 0;
  std::uint64_t first_chunk = 0;  // bytes in object 0
  std::int64_t mtime_ns = 0;
  std::time_t object_mtime = 0;
  bool sized = false;         // total-size is valid
  bool own = false;           // only Berth wrote it, so it has no stale or overrun chunks
  std::uint64_t version = 0;  // of object 0
  std::string upload;         // token of the unfinished upload; "": finished
  std::string move;           // mark of the move in progress; "": none
  std::string touched;        // when a move last changed object 0, in seconds since the epoch
};

class Blobs {
 public:
  explicit Blobs(const Session& session) : session_(session) {}

  // nullopt if object 0 does not exist. Throws CORRUPT if total-size is invalid, except for
  // unfinished uploads.
  std::optional<BlobInfo> info(const std::string& blob, const sdk::Call& call) const;

  // The same in two steps. With a buffer, the request also reads the first `length` bytes.
  std::unique_ptr<ReadOperation> start_info(const std::string& blob, char* buffer = nullptr,
                                            std::size_t length = 0) const;
  std::optional<BlobInfo> await_info(ReadOperation& request, const sdk::Call& call) const;

  // The same for a blob that is about to be removed: an invalid total-size counts as 0.
  std::optional<BlobInfo> await_info_for_removal(ReadOperation& request,
                                                 const sdk::Call& call) const;

  // infer_chunk_size(), corrected for the overrun chunks of a registry if `may_have_overruns`.
  std::uint64_t chunk_size(const std::string& blob, std::uint64_t size, std::uint64_t first_chunk,
                           bool may_have_overruns, const sdk::Call& call) const;

  // Writes a finished blob with one request. REQUIRES: the bytes fit in object 0.
  std::unique_ptr<WriteOperation> write_small(const std::string& blob,
                                              std::string_view bytes) const;

  // Sets the size in object 0 and marks the blob as finished. False: object 0 does not have this
  // token, because another writer took the upload over or it was removed.
  bool finish(const std::string& blob, std::uint64_t size, const std::string& token,
              const sdk::Call& call) const;

  // Sets a new token, so that the previous writer's requests fail from now on, and removes the
  // chunks after the end of the upload. False: the upload has changed since `seen` was read.
  bool take_over(const UploadRecord& upload, const BlobInfo& seen, const std::string& token,
                 const sdk::Call& call) const;

  // Removes object 0, then the other chunks. False: object 0 has changed since `seen` was read.
  bool remove(const std::string& blob, const BlobInfo& seen, const sdk::Call& call) const;

  // Removes every chunk, whatever its state. REQUIRES: no other writer knows the blob.
  void remove_all(const UploadRecord& record, const sdk::Call& call) const;

  // Removes the chunks of an unfinished upload. False: another writer took it over, or it is
  // finished.
  bool discard(const UploadRecord& record, const sdk::Call& call) const;

 private:
  struct ChunkOwner {  // of any chunk but the first
    std::uint64_t number = 0;
    std::string token;
  };
  std::vector<ChunkOwner> chunk_owners(const std::string& blob, std::uint64_t first,
                                       const sdk::Call& call) const;
  bool take_over_chunks(const UploadRecord& upload, const std::vector<ChunkOwner>& seen,
                        const std::string& token, const sdk::Call& call) const;
  bool equal_chunks(const std::string& blob, std::uint64_t size, std::uint64_t chunk_size,
                    const sdk::Call& call) const;
  void remove_chunks(const std::string& blob, std::uint64_t first, std::uint64_t end,
                     std::uint64_t batch_after_end, const sdk::Call& call) const;

  const Session& session_;
};

std::string now_text();  // nanoseconds since the epoch

// How many requests one stream has in flight, and the size of each. librados copies the bytes: for
// larger requests it allocates fresh pages each time, which are not in the processor's caches.
inline constexpr std::size_t stream_window = 8;
inline constexpr std::uint64_t max_request_bytes = 1U << 20;
inline constexpr std::uint64_t max_single_write = 4U << 20;  // for a file that one request stores

}  // namespace berth::rados
