// SPDX-License-Identifier: Apache-2.0
//
// Reads the bytes of a blob with several requests in flight.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "blobs.hpp"

namespace berth::rados {

// Fills buffer with the bytes [position, position + length) of the blob.
// REQUIRES: the range is inside the blob.
void read_range(const Session& session, const std::string& blob, const BlobInfo& info,
                std::uint64_t position, std::uint64_t length, char* buffer, const sdk::Call& call);

// Throws CORRUPT unless the last byte exists. Called before memory for all bytes is allocated,
// since the size may be damaged.
void expect_end(const Session& session, const std::string& blob, const BlobInfo& info,
                const sdk::Call& call);

class BlobReader final : public sdk::Reader {
 public:
  BlobReader(const Session& session, std::string blob, BlobInfo info,
             const sdk::ReadOptions& options);

  std::size_t read(char* buffer, std::size_t capacity, const sdk::Call& call) override;
  std::optional<sdk::Stat> info() const override;

 private:
  struct ReadAhead {
    std::unique_ptr<char[]> bytes;
    std::unique_ptr<ReadOperation>
        read;  // declared after the bytes, so it is destroyed before them
    Piece piece;
  };
  void read_ahead();
  bool fetch(const sdk::Call& call);

  const Session& session_;
  const std::string blob_;
  const BlobInfo info_;
  std::uint64_t next_ = 0;  // the first byte that was not requested
  std::uint64_t end_ = 0;
  std::size_t depth_ = 1;  // requests in flight; grows while the caller keeps reading
  std::deque<ReadAhead> ahead_;
  std::unique_ptr<char[]> bytes_;
  std::size_t from_ = 0, to_ = 0;  // the unread part of bytes_
};

}  // namespace berth::rados
