// SPDX-License-Identifier: Apache-2.0
//
// Blobs: the bytes of a file in chunk objects. A blob that a directory entry names never changes;
// Berth writes every new content under a new id.
#pragma once

#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "layout.hpp"
#include "operation.hpp"

namespace berth::rados {

inline constexpr std::int64_t second_ns = 1'000'000'000;

// What object 0 tells.
struct BlobInfo {
  std::uint64_t size = 0;
  std::uint64_t chunk_size = 0;
  std::uint64_t first_chunk = 0;  // bytes in object 0
  std::int64_t mtime_ns = 0;
  std::time_t object_mtime = 0;
  bool sized = false;         // it has a proper size
  bool own = false;           // nobody but Berth wrote it: no stale or odd chunks
  std::uint64_t version = 0;  // of object 0
  std::string upload;         // token of the unfinished upload; "": finished
  std::string move;           // mark of a move in flight
  std::string touched;        // seconds since the epoch, by a move
};

class Blobs {
 public:
  explicit Blobs(const Session& session) : session_(session) {}

  // Nothing if there is no object 0. CORRUPT if it has no proper size, but for unfinished uploads.
  std::optional<BlobInfo> info(const std::string& blob, const sdk::Call& call) const;

  // The same, started ahead. With a buffer, the first `length` bytes come along.
  std::unique_ptr<ReadOperation> ask(const std::string& blob, char* buffer = nullptr,
                                     std::size_t length = 0) const;
  std::optional<BlobInfo> answer(ReadOperation& asked, const sdk::Call& call) const;

  // The same for one that shall go: without a proper size it is empty, as far as is known.
  std::optional<BlobInfo> remains(ReadOperation& asked, const sdk::Call& call) const;

  // As infer_chunk_size() says, but for the odd chunks of a registry.
  std::uint64_t chunk_size(const std::string& blob, std::uint64_t size, std::uint64_t first_chunk,
                           bool odd, const sdk::Call& call) const;

  // Writes a blob that needs no second request: all of it in object 0.
  std::unique_ptr<WriteOperation> write_small(const std::string& blob,
                                              std::string_view bytes) const;

  // Object 0 gets its size and is a finished blob. False: it is not this upload any more.
  bool finish(const std::string& blob, std::uint64_t size, const std::string& token,
              const sdk::Call& call) const;

  // Gives the upload, whose object 0 is as seen, another token, so that whoever writes it fails
  // from now on, and removes what is behind its end. False: it is not as seen any more.
  bool take_over(const UploadRecord& upload, const BlobInfo& seen, const std::string& token,
                 const sdk::Call& call) const;

  // Removes the object 0 that `seen` describes, then the others. False: it is not as seen.
  bool remove(const std::string& blob, const BlobInfo& seen, const sdk::Call& call) const;

  // Removes every chunk, whatever its state. REQUIRES: nobody else knows the blob.
  void remove_all(const UploadRecord& record, const sdk::Call& call) const;

  // Removes what an unfinished upload has sent. False: another writer has it, or it is finished.
  bool discard(const UploadRecord& record, const sdk::Call& call) const;

 private:
  struct Stamp {  // of a chunk but the first
    std::uint64_t number = 0;
    std::string token;
  };
  std::vector<Stamp> stamps(const std::string& blob, std::uint64_t first,
                            const sdk::Call& call) const;
  bool take_over_chunks(const UploadRecord& upload, const std::vector<Stamp>& seen,
                        const std::string& token, const sdk::Call& call) const;
  bool equal_chunks(const std::string& blob, std::uint64_t size, std::uint64_t chunk_size,
                    const sdk::Call& call) const;
  void remove_chunks(const std::string& blob, std::uint64_t first, std::uint64_t end,
                     std::uint64_t further, const sdk::Call& call) const;

  const Session& session_;
};

std::string now_text();  // nanoseconds since the epoch

// How many requests of one stream are in flight, and how much one of them carries. librados copies
// into memory of its own: with larger requests these are fresh pages each time, outside the caches.
inline constexpr std::size_t stream_window = 8;
inline constexpr std::uint64_t most_per_request = 1U << 20;
inline constexpr std::uint64_t most_at_once = 4U << 20;  // of a file that is written in one go

}  // namespace berth::rados
