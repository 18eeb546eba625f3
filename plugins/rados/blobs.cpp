// SPDX-License-Identifier: Apache-2.0
//
// Object 0 holds the state of its blob: the size, and whether the blob is an upload, finished or
// being moved. Each change of that state is one guarded write to object 0.
#include "blobs.hpp"

#include <cerrno>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>

namespace berth::rados {
namespace {

constexpr std::uint64_t max_missing_chunks = 1024;  // chunks missing in a row

// librados reports whole seconds, so Berth stores nanoseconds in an attribute. nullopt if Berth did
// not write the attribute, or if the object was written to afterwards.
std::optional<std::int64_t> stored_time(const ReadOperation& read) {
  const auto stored = parse_number(read.attribute(time_attribute));
  if (!stored || *stored > std::numeric_limits<std::int64_t>::max() - 2 * second_ns)
    return std::nullopt;
  const auto time = static_cast<std::int64_t>(*stored);
  if (time + 2 * second_ns < std::int64_t{read.mtime()} * second_ns) return std::nullopt;
  return time;
}

sdk::Error no_size(const std::string& object) {
  return sdk::Error(BERTH_STATUS_CORRUPT,
                    "object " + object +
                        " has no valid total-size attribute: its writer did not "
                        "finish, or the object is damaged");
}

}  // namespace

std::string now_text() {
  return std::to_string(std::chrono::duration_cast<std::chrono::nanoseconds>(
                            std::chrono::system_clock::now().time_since_epoch())
                            .count());
}

std::unique_ptr<ReadOperation> Blobs::start_info(const std::string& blob, char* buffer,
                                                 std::size_t length) const {
  auto read = std::make_unique<ReadOperation>();
  read->stat().attributes();
  if (length != 0) read->read(0, buffer, length);
  read->start(session_, chunk_name(blob, 0));
  return read;
}

std::optional<BlobInfo> Blobs::await_info(ReadOperation& request, const sdk::Call& call) const {
  auto info = await_info_for_removal(request, call);
  if (info && !info->sized && info->upload.empty()) throw no_size(request.object());
  return info;
}

std::optional<BlobInfo> Blobs::await_info_for_removal(ReadOperation& request,
                                                      const sdk::Call& call) const {
  const int code = request.wait(call);
  if (code == -ENOENT) return std::nullopt;
  session_.check(code, "cannot read", request.object());
  request.collect();
  BlobInfo info;
  info.version = request.version();
  info.upload = request.attribute(upload_attribute);
  const auto size = decode_size(request.attribute(size_attribute));
  info.sized = size.has_value();
  info.size = size.value_or(0);
  info.first_chunk = request.size();
  info.object_mtime = request.mtime();
  const auto time = stored_time(request);
  info.own = info.sized && time;
  info.mtime_ns = time.value_or(std::int64_t{info.object_mtime} * second_ns);
  const bool may_have_overruns = !info.own && info.upload.empty();
  const std::string blob = request.object().substr(0, request.object().size() - 2);  // without "-0"
  info.chunk_size = chunk_size(blob, info.size, info.first_chunk, may_have_overruns, call);
  info.move = request.attribute(move_attribute);
  info.touched = request.attribute(touch_attribute);
  return info;
}

std::optional<BlobInfo> Blobs::info(const std::string& blob, const sdk::Call& call) const {
  return await_info(*start_info(blob), call);
}

std::uint64_t Blobs::chunk_size(const std::string& blob, std::uint64_t size,
                                std::uint64_t first_chunk, bool may_have_overruns,
                                const sdk::Call& call) const {
  const std::uint64_t configured = session_.settings().chunk_size;
  if (may_have_overruns && may_overrun(size, first_chunk, configured) &&
      !equal_chunks(blob, size, first_chunk, call))
    return configured;
  return infer_chunk_size(size, first_chunk, configured);
}

// Whether the last chunk ends where it must if every chunk is as long as chunk 0. If the chunks are
// smaller and some overran, it does not: the last byte is then in a later chunk, or at a smaller
// offset of this one.
bool Blobs::equal_chunks(const std::string& blob, std::uint64_t size, std::uint64_t chunk_size,
                         const sdk::Call& call) const {
  const std::uint64_t count = chunk_count(size, chunk_size);
  ReadOperation last, next;
  last.stat().start(session_, chunk_name(blob, count - 1));
  next.stat().start(session_, chunk_name(blob, count));
  const int last_code = last.wait(call), next_code = next.wait(call);
  if (next_code != -ENOENT) session_.check(next_code, "cannot read", next.object());
  if (last_code != -ENOENT) session_.check(last_code, "cannot read", last.object());
  return next_code == -ENOENT && last_code >= 0 && last.size() == size - (count - 1) * chunk_size;
}

std::unique_ptr<WriteOperation> Blobs::write_small(const std::string& blob,
                                                   std::string_view bytes) const {
  auto write = std::make_unique<WriteOperation>();
  write->write_full(bytes)
      .set_attribute(size_attribute, encode_size(bytes.size()))
      .set_attribute(time_attribute, now_text());
  write->start(session_, chunk_name(blob, 0));
  return write;
}

bool Blobs::finish(const std::string& blob, std::uint64_t size, const std::string& token,
                   const sdk::Call& call) const {
  WriteOperation change;
  change.expect_attribute(upload_attribute, token)
      .remove_attribute(upload_attribute)
      .set_attribute(size_attribute, encode_size(size))
      .set_attribute(time_attribute, now_text());
  const std::string object = chunk_name(blob, 0);
  const int code = change.run(session_, object, call);
  if (WriteOperation::guard_failed(code)) return false;
  session_.check(code, "cannot write", object);
  return true;
}

// 1. Read the owners of the chunks.
// 2. Set our token in object 0, unless object 0 has changed since `seen`.
// 3. Change or remove each chunk, unless its owner has changed since step 1.
// Invariant: only the writer whose token is in object 0 changes chunks. Because step 1 comes before
// step 2, a token found in step 1 is never that of a writer that took over after us.
bool Blobs::take_over(const UploadRecord& upload, const BlobInfo& seen, const std::string& token,
                      const sdk::Call& call) const {
  const std::uint64_t whole = upload.size / upload.chunk_size;  // chunks
  const auto others = chunk_owners(upload.blob, std::max<std::uint64_t>(whole, 1), call);
  const bool partial = whole > 0 && upload.size % upload.chunk_size != 0;
  if (partial && (others.empty() || others.front().number != whole))
    throw sdk::Error(BERTH_STATUS_CORRUPT, "object " + chunk_name(upload.blob, whole) +
                                               " is missing, but the upload is longer");
  WriteOperation change;
  change.expect_version(seen.version).set_attribute(upload_attribute, token);
  const std::string object = chunk_name(upload.blob, 0);
  const int code = change.run(session_, object, call);
  if (WriteOperation::guard_failed(code)) return false;
  session_.check(code, "cannot write", object);
  return take_over_chunks(upload, others, token, call);
}

// The existing chunks from `first` on. Chunks may be missing in between, at most as many in a row
// as a writer has requests in flight.
std::vector<Blobs::ChunkOwner> Blobs::chunk_owners(const std::string& blob, std::uint64_t first,
                                                   const sdk::Call& call) const {
  std::vector<ChunkOwner> found;
  for (std::size_t before = 0;; before = found.size(), first += stream_window) {
    std::array<ReadOperation, stream_window> reads;
    for (std::size_t i = 0; i < stream_window; ++i)
      reads[i].attributes().start(session_, chunk_name(blob, first + i));
    for (std::size_t i = 0; i < stream_window; ++i) {
      const int code = reads[i].wait(call);
      if (code == -ENOENT) continue;
      session_.check(code, "cannot read", reads[i].object());
      reads[i].collect();
      found.push_back({first + i, reads[i].attribute(writer_attribute)});
    }
    if (found.size() == before) return found;
  }
}

// Sets the token of the last, partly filled chunk and removes the chunks after it. False: the owner
// of a chunk has changed.
bool Blobs::take_over_chunks(const UploadRecord& upload, const std::vector<ChunkOwner>& seen,
                             const std::string& token, const sdk::Call& call) const {
  const std::uint64_t end = chunk_count(upload.size, upload.chunk_size);
  Window<WriteOperation> window(2 * stream_window);
  bool unchanged = true;
  const auto settle = [&] {
    const auto oldest = window.pop();
    const int code = oldest->wait(call);
    if (WriteOperation::guard_failed(code))
      unchanged = false;
    else
      session_.check(code, "cannot write", oldest->object());
  };
  for (const ChunkOwner& chunk : seen) {
    if (window.full()) settle();
    auto change = std::make_unique<WriteOperation>();
    change->expect_attribute(writer_attribute, chunk.token);
    if (chunk.number < end) {
      change->set_attribute(writer_attribute, token);
    } else {
      change->remove_object();
    }
    change->start(session_, chunk_name(upload.blob, chunk.number));
    window.push(std::move(change));
  }
  while (!window.empty()) settle();
  return unchanged;
}

bool Blobs::remove(const std::string& blob, const BlobInfo& seen, const sdk::Call& call) const {
  WriteOperation removal;
  removal.expect_attribute(move_attribute, seen.move)
      .expect_attribute(upload_attribute, seen.upload)
      .remove_object();
  const std::string object = chunk_name(blob, 0);
  const int code = removal.run(session_, object, call);
  if (WriteOperation::guard_failed(code)) return code == -ENOENT;
  session_.check(code, "cannot remove", object);
  // An upload that was never closed has no size yet, and a registry that rewrites a file with fewer
  // bytes leaves the remaining chunks.
  const std::uint64_t batch_after_end = !seen.upload.empty() ? stream_window : seen.own ? 0 : 1;
  remove_chunks(blob, 1, chunk_count(seen.size, seen.chunk_size), batch_after_end, call);
  return true;
}

void Blobs::remove_all(const UploadRecord& record, const sdk::Call& call) const {
  remove_chunks(record.blob, 0, chunk_count(record.size, record.chunk_size), stream_window, call);
}

bool Blobs::discard(const UploadRecord& record, const sdk::Call& call) const {
  auto seen = info(record.blob, call);
  if (!seen) return remove_all(record, call), true;
  if (seen->upload.empty() || seen->upload != record.token) return false;
  seen->size = std::max(seen->size, record.size);
  seen->chunk_size = record.chunk_size;
  return remove(record.blob, *seen, call);
}

// A registry's file may have gaps, so a missing chunk is not the end. After max_missing_chunks in a
// row the removal stops, because a damaged size would otherwise make it endless; later chunks
// become orphans. From `end` on, chunks are removed in batches until none of a batch exists.
void Blobs::remove_chunks(const std::string& blob, std::uint64_t first, std::uint64_t end,
                          std::uint64_t batch_after_end, const sdk::Call& call) const {
  Window<WriteOperation> window(2 * stream_window);
  std::uint64_t missing = 0;  // in a row
  const auto start = [&](std::uint64_t number) {
    auto removal = std::make_unique<WriteOperation>();
    removal->remove_object();
    removal->start(session_, chunk_name(blob, number));
    window.push(std::move(removal));
  };
  const auto settle = [&] {  // whether the oldest existed
    const auto oldest = window.pop();
    const int code = oldest->wait(call);
    missing = code == -ENOENT ? missing + 1 : 0;
    if (missing == 0) session_.check(code, "cannot remove", oldest->object());
    return missing == 0;
  };
  for (std::uint64_t number = first; number < end && missing < max_missing_chunks; ++number) {
    if (window.full()) settle();
    start(number);
  }
  while (!window.empty()) settle();
  bool found = batch_after_end != 0;
  for (std::uint64_t number = std::max(first, end); found; number += batch_after_end) {
    for (std::uint64_t i = 0; i < batch_after_end; ++i) start(number + i);
    found = false;
    while (!window.empty()) found |= settle();
  }
}

}  // namespace berth::rados
