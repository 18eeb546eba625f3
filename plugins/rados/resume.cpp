// SPDX-License-Identifier: Apache-2.0
//
// Reads and changes the list of unfinished uploads.
#include "resume.hpp"

#include <cerrno>

#include <algorithm>

namespace berth::rados {
namespace {

constexpr std::uint64_t page_size = 500;

bool was_moved(const BlobInfo& blob) {
  return !blob.move.empty() || !blob.touched.empty();
}

// Each write creates a new blob, so comparing blob ids is enough and no clocks are compared. If the
// base was not recorded, any file may be newer than the upload.
bool is_void(const UploadRecord& upload, const std::string& at_path) {
  return upload.base ? *upload.base != at_path : !at_path.empty();
}

}  // namespace

std::unique_ptr<ReadOperation> Uploads::start_find(const std::string& path) const {
  auto read = std::make_unique<ReadOperation>();
  read->entries_of({path});
  read->start(session_, uploads_object);
  return read;
}

std::unique_ptr<ReadOperation> Uploads::start_page(const std::string& after) const {
  auto read = std::make_unique<ReadOperation>();
  read->entries_after(after, page_size);
  read->start(session_, uploads_object);
  return read;
}

std::vector<OmapEntry> Uploads::await_entries(ReadOperation& read, const sdk::Call& call) const {
  const int code = read.wait(call);
  if (code == -ENOENT) return {};
  session_.check(code, "cannot read", uploads_object);
  return read.take_entries();
}

std::optional<std::string> Uploads::find(const std::string& path, const sdk::Call& call) const {
  auto entries = await_entries(*start_find(path), call);
  if (entries.empty()) return std::nullopt;
  return std::move(entries.front().value);
}

std::vector<OmapEntry> Uploads::page(const std::string& after, const sdk::Call& call) const {
  return await_entries(*start_page(after), call);
}

std::optional<Claim> Uploads::claim(const std::string& path, const std::string& at_path,
                                    const sdk::Call& call) const {
  for (;;) {
    call.check();
    const auto entry = find(path, call);
    auto upload = entry ? decode_upload(*entry) : std::nullopt;
    if (!upload) return std::nullopt;
    const auto seen = blobs_.info(upload->blob, call);
    const bool finished = seen && seen->upload.empty();
    // The upload was committed, and perhaps moved or removed since: the entry is out of date.
    if (!seen || (finished && (upload->blob == at_path || was_moved(*seen))))
      return forget(path, *entry, call), std::nullopt;
    if (is_void(*upload, at_path)) return drop(path, *entry, call), std::nullopt;
    if (finished) return Claim{std::move(*upload), *entry, true};
    upload->size = seen->size;
    upload->token = random_token();
    if (blobs_.take_over(*upload, *seen, upload->token, call))
      return Claim{std::move(*upload), *entry, false};
  }
}

void Uploads::save(const std::string& path, const UploadRecord& record,
                   const sdk::Call& call) const {
  for (;;) {
    call.check();
    const auto before = find(path, call);
    WriteOperation change;
    // A guard fails if the object does not exist.
    if (before) change.expect_entry(path, *before);
    change.create().set_entry(path, encode_upload(record));
    const int code = change.run(session_, uploads_object, call);
    if (WriteOperation::guard_failed(code)) continue;
    session_.check(code, "cannot write", uploads_object);
    const auto old = before ? decode_upload(*before) : std::nullopt;
    if (old && old->blob != record.blob) discard(*before, call);
    return;
  }
}

void Uploads::forget(const std::string& path, const std::string& entry,
                     const sdk::Call& call) const {
  WriteOperation change;
  change.expect_entry(path, entry).remove_entry(path);
  const int code = change.run(session_, uploads_object, call);
  if (!WriteOperation::guard_failed(code)) session_.check(code, "cannot write", uploads_object);
}

// Removes the blob only if it is still an upload: a committed blob has no token.
void Uploads::discard(const std::string& entry, const sdk::Call& call) const {
  const auto upload = decode_upload(entry);
  if (!upload) return;
  const auto seen = blobs_.info(upload->blob, call);
  if (seen && !seen->upload.empty()) blobs_.remove(upload->blob, *seen, call);
}

void Uploads::drop(const std::string& path, const std::string& entry, const sdk::Call& call) const {
  discard(entry, call);
  forget(path, entry, call);
}

bool Uploads::drop(const std::string& path, const sdk::Call& call) const {
  const auto value = find(path, call);
  if (value) drop(path, *value, call);
  return value.has_value();
}

void Uploads::drop_if_void(const std::string& path, const std::string& at_path,
                           const sdk::Call& call) const {
  const auto entry = find(path, call);
  const auto upload = entry ? decode_upload(*entry) : std::nullopt;
  if (upload && is_void(*upload, at_path)) drop(path, *entry, call);
}

Uploads::TreeReads Uploads::start_tree(const std::string& path) const {
  return {start_find(path), start_page(path + '/')};
}

std::size_t Uploads::drop_tree(const std::string& path, const TreeReads& reads,
                               const sdk::Call& call) const {
  const std::string prefix = path + '/';
  std::size_t count = 0;
  for (const OmapEntry& entry : await_entries(*reads.itself, call)) {
    drop(entry.key, entry.value, call);
    ++count;
  }
  for (auto entries = await_entries(*reads.below, call); !entries.empty();
       entries = page(entries.back().key, call)) {
    for (const OmapEntry& entry : entries) {
      if (!entry.key.starts_with(prefix)) return count;
      drop(entry.key, entry.value, call);
      ++count;
    }
  }
  return count;
}

}  // namespace berth::rados
