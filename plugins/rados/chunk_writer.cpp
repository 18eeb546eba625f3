// SPDX-License-Identifier: Apache-2.0
//
// Collects bytes into requests, and tracks which of them are stored.
#include "chunk_writer.hpp"

#include <algorithm>
#include <memory>

namespace berth::rados {

sdk::Error taken_over() {
  return sdk::Error(BERTH_STATUS_PRECONDITION_FAILED,
                    "another writer took over this upload, or the upload was removed");
}

UploadRecord new_upload(const Session& session) {
  return {new_blob_id(), session.settings().chunk_size, 0, random_token()};
}

// The most bytes that the next request can carry.
std::uint64_t ChunkWriter::next_size() const noexcept {
  return piece_at(record_.size, max_request_bytes, record_.chunk_size, max_request_bytes).length;
}

void ChunkWriter::write(std::string_view bytes, const sdk::Call& call) {
  call.check();
  while (!bytes.empty()) {
    const auto room = static_cast<std::size_t>(next_size());
    if (pending_.empty() && bytes.size() >= room) {
      send(bytes.substr(0, room), call);
      bytes.remove_prefix(room);
      continue;
    }
    const std::size_t part = std::min(bytes.size(), room - pending_.size());
    pending_.append(bytes.substr(0, part));
    bytes.remove_prefix(part);
    if (pending_.size() < room) continue;
    send(pending_, call);
    pending_.clear();
  }
}

// Each chunk stores the token of the writer that created it, and only that writer can change it
// until another takes the upload over. A request that arrives after the takeover fails. librados
// copies the bytes before it returns.
void ChunkWriter::send(std::string_view bytes, const sdk::Call& call) {
  while (window_.full()) settle(call);
  const Piece piece = piece_at(record_.size, bytes.size(), record_.chunk_size, max_request_bytes);
  auto sent = std::make_unique<Sent>();
  WriteOperation& write = sent->write;
  const char* const attribute = piece.chunk == 0 ? upload_attribute : writer_attribute;
  const bool begins = piece.chunk == 0 ? !sent_ : piece.offset == 0;
  if (!begins) {
    write.expect_attribute(attribute, record_.token);
  } else if (piece.chunk != 0) {
    write.create_exclusive();
  }
  if (piece.offset == 0) {
    write.write_full(bytes);  // an earlier attempt may have left more bytes
  } else {
    write.write(piece.offset, bytes);
  }
  if (begins) write.set_attribute(attribute, record_.token);
  write.start(session_, chunk_name(record_.blob, piece.chunk));
  record_.size += bytes.size();
  sent->end = record_.size;
  window_.push(std::move(sent));
  sent_ = true;
}

// If the wait ends early, the request stays the oldest and is waited for again. If the request
// failed, its bytes are missing, and the bytes sent after it are worthless.
void ChunkWriter::settle(const sdk::Call& call) {
  WriteOperation& oldest = window_.oldest().write;
  try {
    const int code = oldest.wait(call);
    if (WriteOperation::guard_failed(code)) throw taken_over();
    session_.check(code, "cannot write", oldest.object());
  } catch (const sdk::Error&) {
    broken_ = !oldest.in_flight();
    throw;
  }
  settled_ = window_.pop()->end;
  stored_ = true;
}

void ChunkWriter::cut_to_settled() noexcept {
  window_.clear();
  pending_.clear();
  record_.size = settled_;
  sent_ = stored_;
  broken_ = false;
}

void ChunkWriter::flush(const sdk::Call& call) {
  if (broken_)
    throw sdk::Error(BERTH_STATUS_IO,
                     "a write of this upload failed; close it and append to continue after the "
                     "bytes that were stored");
  if (!pending_.empty() || !sent_) {
    send(pending_, call);
    pending_.clear();
  }
  while (!window_.empty()) settle(call);
}

void ChunkWriter::save_size(const sdk::Call& call) {
  WriteOperation change;
  change.expect_attribute(upload_attribute, record_.token)
      .set_attribute(size_attribute, encode_size(record_.size))
      .set_attribute(time_attribute, now_text());
  const std::string object = chunk_name(record_.blob, 0);
  const int code = change.run(session_, object, call);
  if (WriteOperation::guard_failed(code)) throw taken_over();
  session_.check(code, "cannot write", object);
}

}  // namespace berth::rados
