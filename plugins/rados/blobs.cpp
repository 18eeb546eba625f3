// SPDX-License-Identifier: Apache-2.0
//
// Object 0 of a blob decides: it has the size, and every change of the blob's fate is one guarded
// write to it.
#include "blobs.hpp"

#include <cerrno>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>

namespace berth::rados {
namespace {

constexpr std::uint64_t longest_gap = 1024;  // chunks missing in a row

// librados tells whole seconds, so Berth keeps nanoseconds in an attribute. Nothing if Berth has
// neither finished nor closed the blob, or it was written to since.
std::optional<std::int64_t> time_kept(const ReadOperation& read) {
  const auto kept = parse_number(read.attribute(time_attribute));
  if (!kept || *kept > std::numeric_limits<std::int64_t>::max() - 2 * second_ns)
    return std::nullopt;
  const auto time = static_cast<std::int64_t>(*kept);
  if (time + 2 * second_ns < std::int64_t{read.mtime()} * second_ns) return std::nullopt;
  return time;
}

sdk::Error no_size(const std::string& object) {
  return sdk::Error(BERTH_CORRUPT, "object " + object +
                                       " has no proper total-size attribute; its writer did not "
                                       "finish, or the object is damaged");
}

}  // namespace

std::string now_text() {
  return std::to_string(std::chrono::duration_cast<std::chrono::nanoseconds>(
                            std::chrono::system_clock::now().time_since_epoch())
                            .count());
}

std::unique_ptr<ReadOperation> Blobs::ask(const std::string& blob, char* buffer,
                                          std::size_t length) const {
  auto read = std::make_unique<ReadOperation>();
  read->stat().attributes();
  if (length != 0) read->read(0, buffer, length);
  read->start(session_, chunk_name(blob, 0));
  return read;
}

std::optional<BlobInfo> Blobs::answer(ReadOperation& asked, const sdk::Call& call) const {
  auto info = remains(asked, call);
  if (info && !info->sized && info->upload.empty()) throw no_size(asked.object());
  return info;
}

std::optional<BlobInfo> Blobs::remains(ReadOperation& asked, const sdk::Call& call) const {
  const int code = asked.wait(call);
  if (code == -ENOENT) return std::nullopt;
  session_.check(code, "cannot read", asked.object());
  asked.collect();
  BlobInfo info;
  info.version = asked.version();
  info.upload = asked.attribute(upload_attribute);
  const auto size = decode_size(asked.attribute(size_attribute));
  info.sized = size.has_value();
  info.size = size.value_or(0);
  info.first_chunk = asked.size();
  info.object_mtime = asked.mtime();
  const auto kept = time_kept(asked);
  info.own = info.sized && kept;
  info.mtime_ns = kept.value_or(std::int64_t{info.object_mtime} * second_ns);
  const bool odd = !info.own && info.upload.empty();
  const std::string blob = asked.object().substr(0, asked.object().size() - 2);  // without "-0"
  info.chunk_size = chunk_size(blob, info.size, info.first_chunk, odd, call);
  info.move = asked.attribute(move_attribute);
  info.touched = asked.attribute(touch_attribute);
  return info;
}

std::optional<BlobInfo> Blobs::info(const std::string& blob, const sdk::Call& call) const {
  return answer(*ask(blob), call);
}

std::uint64_t Blobs::chunk_size(const std::string& blob, std::uint64_t size,
                                std::uint64_t first_chunk, bool odd, const sdk::Call& call) const {
  const std::uint64_t configured = session_.settings().chunk_size;
  if (odd && may_overrun(size, first_chunk, configured) &&
      !equal_chunks(blob, size, first_chunk, call))
    return configured;
  return infer_chunk_size(size, first_chunk, configured);
}

// Whether the file ends where it does if chunk 0 has the chunk size. With smaller chunks, some of
// them overrun, it never does: its last byte is then in a later chunk, or further back in this one.
bool Blobs::equal_chunks(const std::string& blob, std::uint64_t size, std::uint64_t chunk_size,
                         const sdk::Call& call) const {
  const std::uint64_t count = chunk_count(size, chunk_size);
  ReadOperation last, behind;
  last.stat().start(session_, chunk_name(blob, count - 1));
  behind.stat().start(session_, chunk_name(blob, count));
  const int last_code = last.wait(call), behind_code = behind.wait(call);
  if (behind_code != -ENOENT) session_.check(behind_code, "cannot read", behind.object());
  if (last_code != -ENOENT) session_.check(last_code, "cannot read", last.object());
  return behind_code == -ENOENT && last_code >= 0 && last.size() == size - (count - 1) * chunk_size;
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

// The chunks are looked at before object 0 is taken: what was seen is then from before, and a later
// owner's token is never taken for an earlier one's.
bool Blobs::take_over(const UploadRecord& upload, const BlobInfo& seen, const std::string& token,
                      const sdk::Call& call) const {
  const std::uint64_t whole = upload.size / upload.chunk_size;  // chunks
  const auto others = stamps(upload.blob, std::max<std::uint64_t>(whole, 1), call);
  const bool partial = whole > 0 && upload.size % upload.chunk_size != 0;
  if (partial && (others.empty() || others.front().number != whole))
    throw sdk::Error(BERTH_CORRUPT, "object " + chunk_name(upload.blob, whole) +
                                        " is missing, though the upload is longer");
  WriteOperation change;
  change.expect_version(seen.version).set_attribute(upload_attribute, token);
  const std::string object = chunk_name(upload.blob, 0);
  const int code = change.run(session_, object, call);
  if (WriteOperation::guard_failed(code)) return false;
  session_.check(code, "cannot write", object);
  return take_over_chunks(upload, others, token, call);
}

// Those that are there from `first` on. As many may be missing in a row as a writer has on their
// way.
std::vector<Blobs::Stamp> Blobs::stamps(const std::string& blob, std::uint64_t first,
                                        const sdk::Call& call) const {
  std::vector<Stamp> found;
  for (std::size_t before = 0;; before = found.size(), first += stream_window) {
    std::array<ReadOperation, stream_window> asked;
    for (std::size_t i = 0; i < stream_window; ++i)
      asked[i].attributes().start(session_, chunk_name(blob, first + i));
    for (std::size_t i = 0; i < stream_window; ++i) {
      const int code = asked[i].wait(call);
      if (code == -ENOENT) continue;
      session_.check(code, "cannot read", asked[i].object());
      asked[i].collect();
      found.push_back({first + i, asked[i].attribute(writer_attribute)});
    }
    if (found.size() == before) return found;
  }
}

// The chunk that is not full gets the new token; those behind it go. False: one was not as seen.
bool Blobs::take_over_chunks(const UploadRecord& upload, const std::vector<Stamp>& seen,
                             const std::string& token, const sdk::Call& call) const {
  const std::uint64_t end = chunk_count(upload.size, upload.chunk_size);
  Window<WriteOperation> window(2 * stream_window);
  bool as_seen = true;
  const auto settle = [&] {
    const auto oldest = window.pop();
    const int code = oldest->wait(call);
    if (WriteOperation::guard_failed(code))
      as_seen = false;
    else
      session_.check(code, "cannot write", oldest->object());
  };
  for (const Stamp& chunk : seen) {
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
  return as_seen;
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
  // An upload that was not kept has no size yet, and a registry's shorter rewrite leaves chunks.
  const std::uint64_t further = !seen.upload.empty() ? stream_window : seen.own ? 0 : 1;
  remove_chunks(blob, 1, chunk_count(seen.size, seen.chunk_size), further, call);
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

// A registry's file may have gaps, so a chunk that is missing is not the end; but many in a row
// are, or a damaged size would keep this busy for ever. What lies behind is an orphan. Behind
// `end`, it goes on until `further` at once are missing.
void Blobs::remove_chunks(const std::string& blob, std::uint64_t first, std::uint64_t end,
                          std::uint64_t further, const sdk::Call& call) const {
  Window<WriteOperation> window(2 * stream_window);
  std::uint64_t missing = 0;  // in a row
  const auto start = [&](std::uint64_t number) {
    auto removal = std::make_unique<WriteOperation>();
    removal->remove_object();
    removal->start(session_, chunk_name(blob, number));
    window.push(std::move(removal));
  };
  const auto settle = [&] {  // whether the oldest was there
    const auto oldest = window.pop();
    const int code = oldest->wait(call);
    missing = code == -ENOENT ? missing + 1 : 0;
    if (missing == 0) session_.check(code, "cannot remove", oldest->object());
    return missing == 0;
  };
  for (std::uint64_t number = first; number < end && missing < longest_gap; ++number) {
    if (window.full()) settle();
    start(number);
  }
  while (!window.empty()) settle();
  bool found = further != 0;
  for (std::uint64_t number = std::max(first, end); found; number += further) {
    for (std::uint64_t i = 0; i < further; ++i) start(number + i);
    found = false;
    while (!window.empty()) found |= settle();
  }
}

}  // namespace berth::rados
