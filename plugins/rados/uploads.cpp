// SPDX-License-Identifier: Apache-2.0
//
// The list of unfinished uploads.
#include "uploads.hpp"

#include <cerrno>

#include <algorithm>

namespace berth::rados {
namespace {

constexpr std::uint64_t page_size = 500;

}  // namespace

std::optional<std::string> Uploads::find(const std::string& path, const sdk::Call& call) const {
  ReadOperation read;
  read.entries_of({path});
  const int code = read.run(session_, uploads_object, call);
  if (code == -ENOENT) return std::nullopt;
  session_.check(code, "cannot read", uploads_object);
  auto entries = read.take_entries();
  if (entries.empty()) return std::nullopt;
  return std::move(entries.front().value);
}

std::vector<OmapEntry> Uploads::page(const std::string& after, const sdk::Call& call) const {
  ReadOperation read;
  read.entries_after(after, page_size);
  const int code = read.run(session_, uploads_object, call);
  if (code == -ENOENT) return {};
  session_.check(code, "cannot read", uploads_object);
  return read.take_entries();
}

std::optional<UploadRecord> Uploads::claim(const std::string& path, const sdk::Call& call) const {
  const auto value = find(path, call);
  if (!value) return std::nullopt;
  auto record = decode_upload(*value);
  if (!record) return std::nullopt;
  const std::string token = random_token();
  WriteOperation change;
  change.expect_attribute(upload_attribute, record->token).set_attribute(upload_attribute, token);
  const int code = change.run(session_, chunk_name(record->blob, 0), call);
  // Committed or claimed by another writer since: the entry is out of date.
  if (WriteOperation::guard_failed(code)) return forget(path, *record, call), std::nullopt;
  session_.check(code, "cannot write", chunk_name(record->blob, 0));
  const UploadRecord before = *record;
  record->token = token;
  exchange(path, encode_upload(before), encode_upload(*record), call);
  return record;
}

void Uploads::exchange(const std::string& path, const std::string& before, const std::string& after,
                       const sdk::Call& call) const {
  WriteOperation change;
  change.expect_entry(path, before).set_entry(path, after);
  const int code = change.run(session_, uploads_object, call);
  if (WriteOperation::guard_failed(code))
    throw sdk::Error(BERTH_PRECONDITION_FAILED,
                     "another writer is at work on the upload of " + path);
  session_.check(code, "cannot write", uploads_object);
}

void Uploads::keep(const std::string& path, const UploadRecord& record,
                   const sdk::Call& call) const {
  for (;;) {
    call.check();
    const auto before = find(path, call);
    WriteOperation change;
    // The guard needs an object to look at.
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

void Uploads::forget(const std::string& path, const UploadRecord& record,
                     const sdk::Call& call) const {
  WriteOperation change;
  change.expect_entry(path, encode_upload(record)).remove_entry(path);
  const int code = change.run(session_, uploads_object, call);
  if (!WriteOperation::guard_failed(code)) session_.check(code, "cannot write", uploads_object);
}

// The blob goes only while it is this upload: a committed one has no token any more.
void Uploads::discard(const std::string& value, const sdk::Call& call) const {
  const auto record = decode_upload(value);
  if (!record) return;
  const auto info = blobs_.info(record->blob, call);
  if (info && !info->upload.empty() && info->upload == record->token)
    blobs_.remove(record->blob, *info, call);
}

bool Uploads::drop(const std::string& path, const sdk::Call& call) const {
  const auto value = find(path, call);
  if (!value) return false;
  discard(*value, call);
  WriteOperation change;
  change.expect_entry(path, *value).remove_entry(path);
  const int code = change.run(session_, uploads_object, call);
  if (!WriteOperation::guard_failed(code)) session_.check(code, "cannot write", uploads_object);
  return true;
}

std::size_t Uploads::drop_tree(const std::string& path, const sdk::Call& call) const {
  std::size_t count = drop(path, call) ? 1 : 0;
  const std::string prefix = path + '/';
  std::string after = prefix;
  for (;;) {
    const auto entries = page(after, call);
    for (const OmapEntry& entry : entries) {
      if (entry.key.compare(0, prefix.size(), prefix) != 0) return count;
      if (drop(entry.key, call)) ++count;
    }
    if (entries.empty()) return count;
    after = entries.back().key;
  }
}

}  // namespace berth::rados
