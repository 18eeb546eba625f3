// SPDX-License-Identifier: Apache-2.0
//
// Reading ahead, writing behind, and the life of an upload.
#include "streams.hpp"

#include <cerrno>
#include <cstring>

#include <algorithm>
#include <utility>

#include "aftermath.hpp"
#include "common/own_call.hpp"

namespace berth::rados {
namespace {

// The reader shall get what it was promised, or an error that tells why not.
void expect_whole(const Session& session, const std::string& blob, const ReadOperation& read,
                  int code, const Piece& piece, const sdk::Call& call) {
  if (code >= 0 && read.got() == piece.length) return;
  if (code < 0 && code != -ENOENT) throw session.error(code, "cannot read", read.object());
  ReadOperation first;
  first.stat();
  if (first.run(session, chunk_name(blob, 0), call) == -ENOENT)
    throw sdk::Error(BERTH_PRECONDITION_FAILED,
                     "the file was replaced or removed while it was read");
  throw sdk::Error(BERTH_CORRUPT, "object " + read.object() + " is " +
                                      (code < 0 ? "missing" : "too short") +
                                      ", though the file is longer");
}

std::unique_ptr<ReadOperation> ask_piece(const Session& session, const std::string& blob,
                                         const Piece& piece, char* buffer) {
  auto read = std::make_unique<ReadOperation>();
  read->read(piece.offset, buffer, static_cast<std::size_t>(piece.length));
  read->start(session, chunk_name(blob, piece.chunk));
  return read;
}

sdk::Error taken_over() {
  return sdk::Error(BERTH_PRECONDITION_FAILED,
                    "another writer is at work on this upload, or it was removed");
}

}  // namespace

// ---- Reading

void read_range(const Session& session, const std::string& blob, const BlobInfo& info,
                std::uint64_t position, std::uint64_t length, char* buffer, const sdk::Call& call) {
  struct Part {
    std::unique_ptr<ReadOperation> read;
    Piece piece;
  };
  std::deque<Part> flying;
  const std::uint64_t end = position + length;
  while (position < end || !flying.empty()) {
    if (position < end && flying.size() < stream_window) {
      const Piece piece = piece_at(position, end - position, info.chunk_size, most_per_request);
      flying.push_back({ask_piece(session, blob, piece, buffer), piece});
      position += piece.length;
      buffer += piece.length;
      continue;
    }
    const Part oldest = std::move(flying.front());
    flying.pop_front();
    const int code = oldest.read->wait(call);
    expect_whole(session, blob, *oldest.read, code, oldest.piece, call);
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

void BlobReader::ask_ahead() {
  while (next_ < end_ && ahead_.size() < depth_) {
    const Piece piece = piece_at(next_, end_ - next_, info_.chunk_size, most_per_request);
    std::unique_ptr<char[]> bytes(new char[static_cast<std::size_t>(piece.length)]);
    auto read = ask_piece(session_, blob_, piece, bytes.get());
    ahead_.push_back({std::move(bytes), std::move(read), piece});
    next_ += piece.length;
  }
}

// False: the end.
bool BlobReader::fetch(const sdk::Call& call) {
  ask_ahead();
  if (ahead_.empty()) return false;
  Ahead& oldest = ahead_.front();
  const int code = oldest.read->wait(call);
  if (code < 0 || oldest.read->got() != oldest.piece.length) {
    const auto failed = std::move(oldest);
    next_ = failed.piece.chunk * info_.chunk_size + failed.piece.offset;
    ahead_.clear();  // another read asks again
    expect_whole(session_, blob_, *failed.read, code, failed.piece, call);
  }
  bytes_ = std::move(oldest.bytes);
  from_ = 0;
  to_ = static_cast<std::size_t>(oldest.piece.length);
  ahead_.pop_front();
  depth_ = std::min(2 * depth_, stream_window);
  ask_ahead();
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

// ---- Chunks

UploadRecord new_upload(const Session& session) {
  return {new_blob_id(), session.settings().chunk_size, 0, random_token()};
}

// How many bytes the next request can take.
std::uint64_t ChunkWriter::room() const noexcept {
  return piece_at(record_.size, most_per_request, record_.chunk_size, most_per_request).length;
}

void ChunkWriter::write(std::string_view bytes, const sdk::Call& call) {
  call.check();
  while (!bytes.empty()) {
    const std::size_t room = static_cast<std::size_t>(this->room());
    if (tail_.empty() && bytes.size() >= room) {
      send(bytes.substr(0, room), call);
      bytes.remove_prefix(room);
      continue;
    }
    const std::size_t part = std::min(bytes.size(), room - tail_.size());
    tail_.append(bytes.substr(0, part));
    bytes.remove_prefix(part);
    if (tail_.size() < room) continue;
    send(tail_, call);
    tail_.clear();
  }
}

// Each chunk is made by one writer and is open to him alone, until another takes the upload over: a
// request that comes late changes nothing. librados copies the bytes before it returns.
void ChunkWriter::send(std::string_view bytes, const sdk::Call& call) {
  while (window_.full()) settle(call);
  const Piece piece = piece_at(record_.size, bytes.size(), record_.chunk_size, most_per_request);
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
    write.write_full(bytes);  // an earlier try may have left more
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

// A request whose wait is given up stays the oldest, and is waited for again. One that has failed
// leaves a hole, and what was sent behind it counts for nothing.
void ChunkWriter::settle(const sdk::Call& call) {
  WriteOperation& oldest = window_.oldest().write;
  try {
    const int code = oldest.wait(call);
    if (WriteOperation::guard_failed(code)) throw taken_over();
    session_.check(code, "cannot write", oldest.object());
  } catch (const sdk::Error&) {
    broken_ = !oldest.waiting();
    throw;
  }
  settled_ = window_.pop()->end;
  stored_ = true;
}

void ChunkWriter::cut_to_settled() noexcept {
  window_.clear();
  tail_.clear();
  record_.size = settled_;
  sent_ = stored_;
  broken_ = false;
}

void ChunkWriter::flush(const sdk::Call& call) {
  if (broken_)
    throw sdk::Error(BERTH_IO,
                     "a write of this upload failed; close it, and an append goes on with what was "
                     "stored before");
  if (!tail_.empty() || !sent_) {
    send(tail_, call);
    tail_.clear();
  }
  while (!window_.empty()) settle(call);
}

void ChunkWriter::save_size(const sdk::Call& call) {
  WriteOperation change;
  change.expect_attribute(upload_attribute, record_.token)
      .set_attribute(size_attribute, encode_size(record_.size))
      .set_attribute(time_attribute, now_text());  // to tell it from an object that is put later
  const std::string object = chunk_name(record_.blob, 0);
  const int code = change.run(session_, object, call);
  if (WriteOperation::guard_failed(code)) throw taken_over();
  session_.check(code, "cannot write", object);
}

// ---- Files

// A call that is as good as over is replaced by a short one, and so is one that an OSD kept
// waiting: that may take long again.
void remove_nameless(const Blobs& blobs, const UploadRecord& record, const sdk::Error& cause,
                     const sdk::Call& call) {
  quietly(orphaned(record.blob), [&] {
    const common::OwnCall own(clean_up_time);
    const bool go_on = cause.status() != BERTH_UNAVAILABLE && !call.cancelled() &&
                       call.remaining() > clean_up_time;
    blobs.remove_all(record, go_on ? call : own.call());
  });
}

void publish(const Parts& parts, const std::string& path, const std::string& blob, LinkRule rule,
             const std::function<void(const sdk::Error&)>& not_linked, const sdk::Call& call) {
  std::string replaced, expected;
  std::unique_ptr<ReadOperation> asked;  // about the blob that is about to be replaced
  const auto write_rest = std::move(rule.before_change);
  bool changing = false;
  rule.before_change = [&](const std::string& there) {
    if (!there.empty()) asked = parts.blobs.ask(expected = there);
    if (write_rest) write_rest(there);
    changing = true;
  };
  try {
    replaced = parts.directories.link(path, blob, rule, call);
  } catch (const sdk::Error& error) {
    if (!changing || certainly_not_linked(error)) not_linked(error);
    throw;
  }
  if (replaced.empty() || replaced == blob) return;
  if (replaced != expected) asked.reset();
  quietly(orphaned(replaced), [&] { parts.moves.let_go(replaced, path, call, std::move(asked)); });
}

std::unique_ptr<FileWriter> FileWriter::open(const Parts& parts, const std::string& path,
                                             const sdk::WriteOptions& options,
                                             const sdk::Call& call) {
  const auto there = parts.directories.find(path, call);
  if (there && there->empty() && parts.directories.has_children(path, call))
    throw is_a_directory(path);
  const bool file = there && !there->empty();
  // Another blob at commit means that a whole write, a move or a remove has voided this upload.
  const std::string at_path = file ? *there : std::string();
  LinkRule rule{options.create_only, at_path, {}};
  if (rule.create_only && file)
    throw sdk::Error(BERTH_ALREADY_EXISTS, "there already is an object " + path);
  if (!options.append) {
    parts.uploads.drop(path, call);
    return std::unique_ptr<FileWriter>(new FileWriter(parts, path, rule, std::nullopt));
  }
  auto claim = parts.uploads.claim(path, at_path, call);
  if (!claim && !file) throw sdk::path_not_found();
  const std::string base = claim ? claim->upload.blob : *there;
  std::unique_ptr<FileWriter> writer(new FileWriter(parts, path, rule, std::move(claim)));
  if (writer->continues()) return writer;
  try {
    writer->copy_base(base, call);
  } catch (const sdk::Error& error) {
    writer->remove_if_new(error, call);
    throw;
  }
  return writer;
}

// A finished blob never changes, so an append begins with a copy of it; also of a file that a
// registry has not finished.
void FileWriter::copy_base(const std::string& blob, const sdk::Call& call) {
  auto info = parts_.blobs.info(blob, call);
  if (!info) info = parts_.moves.empty_file(path_, blob, call);
  if (!info)
    throw sdk::Error(BERTH_PRECONDITION_FAILED, path_ + " was replaced while the append began");
  BlobReader reader(parts_.session, blob, *info, {});
  std::unique_ptr<char[]> buffer(new char[most_per_request]);
  while (const std::size_t got = reader.read(buffer.get(), most_per_request, call))
    chunks_.write({buffer.get(), got}, call);
}

void FileWriter::commit(const sdk::Call& call) {
  try {
    call.check();
    finish(call);
  } catch (const sdk::Error& error) {
    remove_if_new(error, call);
    throw;
  }
  const auto not_linked = [&](const sdk::Error& error) {
    continues() ? give_back() : remove_if_new(error, call);
  };
  publish(parts_, path_, chunks_.record().blob, rule_, not_linked, call);
  if (!claim_) return;
  quietly("the list of uploads still names the finished one of " + path_,
          [&] { parts_.uploads.forget(path_, claim_->entry, call); });
}

// The blob is complete behind it.
void FileWriter::finish(const sdk::Call& call) {
  const std::string& blob = chunks_.record().blob;
  if (chunks_.only_tail()) {
    const auto write = parts_.blobs.write_small(blob, chunks_.tail());
    return parts_.session.check(write->wait(call), "cannot write", write->object());
  }
  chunks_.flush(call);
  if (!parts_.blobs.finish(blob, chunks_.size(), chunks_.record().token, call)) throw taken_over();
}

// Makes the finished blob the upload again that its entry still names. Else an append copies it.
void FileWriter::give_back() const {
  const UploadRecord& upload = chunks_.record();
  quietly("an append to " + path_ + " will have to copy", [&] {
    const common::OwnCall own(clean_up_time);
    if (const auto seen = parts_.blobs.info(upload.blob, own.call()))
      parts_.blobs.take_over(upload, *seen, upload.token, own.call());
  });
}

// An upload that is continued stays as it was kept.
void FileWriter::remove_if_new(const sdk::Error& cause, const sdk::Call& call) const {
  if (!continues()) remove_nameless(parts_.blobs, chunks_.record(), cause, call);
}

// The entry goes last, and stays if another writer has taken over the upload.
void FileWriter::cancel(const sdk::Call& call) {
  const bool ours = chunks_.only_tail() || parts_.blobs.discard(chunks_.record(), call);
  if (ours && claim_) parts_.uploads.forget(path_, claim_->entry, call);
}

void FileWriter::keep(const sdk::Call& call) {
  if (chunks_.broken()) chunks_.cut_to_settled();
  try {
    chunks_.flush(call);
    chunks_.save_size(call);
    expect_base(call);
  } catch (const sdk::Error& error) {
    remove_if_new(error, call);
    throw;
  }
  UploadRecord kept = chunks_.record();
  kept.base = rule_.replaces;
  parts_.uploads.keep(path_, kept, call);
}

void FileWriter::expect_base(const sdk::Call& call) const {
  if (parts_.directories.find(path_, call).value_or(std::string()) != *rule_.replaces)
    throw sdk::Error(BERTH_PRECONDITION_FAILED,
                     path_ + " was written, moved or removed since this writer was opened");
}

}  // namespace berth::rados
