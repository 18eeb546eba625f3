// SPDX-License-Identifier: Apache-2.0
//
// Reads ahead, and reports a blob that changed or is damaged.
#include "reader.hpp"

#include <cerrno>
#include <cstring>

#include <algorithm>
#include <utility>

namespace berth::rados {
namespace {

bool is_whole(const ReadOperation& read, int code, const Piece& piece) {
  return code >= 0 && read.got() == piece.length;
}

// Throws the reason why a request did not deliver the whole piece.
[[noreturn]] void fail_read(const Session& session, const std::string& blob,
                            const ReadOperation& read, int code, const sdk::Call& call) {
  if (code < 0 && code != -ENOENT) throw session.error(code, "cannot read", read.object());
  ReadOperation first;
  first.stat();
  if (first.run(session, chunk_name(blob, 0), call) == -ENOENT)
    throw sdk::Error(BERTH_STATUS_PRECONDITION_FAILED,
                     "the file was replaced or removed while it was being read");
  throw sdk::Error(BERTH_STATUS_CORRUPT, "object " + read.object() + " is " +
                                             (code < 0 ? "missing" : "too short") +
                                             ", but the file is longer");
}

std::unique_ptr<ReadOperation> start_piece(const Session& session, const std::string& blob,
                                           const Piece& piece, char* buffer) {
  auto read = std::make_unique<ReadOperation>();
  read->read(piece.offset, buffer, static_cast<std::size_t>(piece.length));
  read->start(session, chunk_name(blob, piece.chunk));
  return read;
}

}  // namespace

void read_range(const Session& session, const std::string& blob, const BlobInfo& info,
                std::uint64_t position, std::uint64_t length, char* buffer, const sdk::Call& call) {
  struct Part {
    std::unique_ptr<ReadOperation> read;
    Piece piece;
  };
  std::deque<Part> in_flight;
  const std::uint64_t end = position + length;
  while (position < end || !in_flight.empty()) {
    if (position < end && in_flight.size() < stream_window) {
      const Piece piece = piece_at(position, end - position, info.chunk_size, max_request_bytes);
      in_flight.push_back({start_piece(session, blob, piece, buffer), piece});
      position += piece.length;
      buffer += piece.length;
      continue;
    }
    const Part oldest = std::move(in_flight.front());
    in_flight.pop_front();
    const int code = oldest.read->wait(call);
    if (!is_whole(*oldest.read, code, oldest.piece))
      fail_read(session, blob, *oldest.read, code, call);
  }
}

void expect_end(const Session& session, const std::string& blob, const BlobInfo& info,
                const sdk::Call& call) {
  char last = 0;
  if (info.size != 0) read_range(session, blob, info, info.size - 1, 1, &last, call);
}

BlobReader::BlobReader(const Session& session, std::string blob, BlobInfo info,
                       const sdk::ReadOptions& options)
    : session_(session), blob_(std::move(blob)), info_(std::move(info)) {
  next_ = std::min(options.offset, info_.size);
  end_ = next_ + std::min(options.length, info_.size - next_);
}

std::optional<sdk::Stat> BlobReader::info() const {
  return sdk::Stat{false, info_.size, info_.mtime_ns, blob_};
}

void BlobReader::read_ahead() {
  while (next_ < end_ && ahead_.size() < depth_) {
    const Piece piece = piece_at(next_, end_ - next_, info_.chunk_size, max_request_bytes);
    std::unique_ptr<char[]> bytes(new char[static_cast<std::size_t>(piece.length)]);
    auto read = start_piece(session_, blob_, piece, bytes.get());
    ahead_.push_back({std::move(bytes), std::move(read), piece});
    next_ += piece.length;
  }
}

// False at the end.
bool BlobReader::fetch(const sdk::Call& call) {
  read_ahead();
  if (ahead_.empty()) return false;
  ReadAhead& oldest = ahead_.front();
  const int code = oldest.read->wait(call);
  if (!is_whole(*oldest.read, code, oldest.piece)) {
    const auto failed = std::move(oldest);
    next_ = failed.piece.chunk * info_.chunk_size + failed.piece.offset;
    ahead_.clear();  // the next read() requests it again
    fail_read(session_, blob_, *failed.read, code, call);
  }
  bytes_ = std::move(oldest.bytes);
  from_ = 0;
  to_ = static_cast<std::size_t>(oldest.piece.length);
  ahead_.pop_front();
  depth_ = std::min(2 * depth_, stream_window);
  read_ahead();
  return true;
}

std::size_t BlobReader::read(char* buffer, std::size_t capacity, const sdk::Call& call) {
  call.check();
  if (from_ == to_ && !fetch(call)) return 0;
  const std::size_t size = std::min(capacity, to_ - from_);
  std::memcpy(buffer, bytes_.get() + from_, size);
  from_ += size;
  return size;
}

}  // namespace berth::rados
