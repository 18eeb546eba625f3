// SPDX-License-Identifier: Apache-2.0
//
// The record of a closed upload: an object of its own that holds the pending bytes, because a part
// below the smallest size (S3: 5 MiB, OSS: 100 KiB) can only be the last one of an upload, and the
// parts of an unfinished upload cannot be read back.
//
// The record's key is the root directory, then "//" (or "./", where keys must not begin with a
// slash), then the rest of the object's key: no path can name it and no listing shows it.
//
// A record is written at every close, also without pending bytes: it distinguishes an upload that
// was closed from one whose writer died. It names its upload and the size of the uploaded parts, so
// that it is ignored if it is left over from another upload. It has the type and metadata of the
// object, for an object that gets no parts in the end, and the version that the object had when the
// writer was opened. A put, copy or move onto the key need not send a request to void the upload:
// an append finds another version of the object.
#include <algorithm>

#include "bucket/bucket.hpp"
#include "common/keys.hpp"

namespace berth::bucket {
namespace {

constexpr std::string_view upload_header = "meta-berth-upload";
constexpr std::string_view offset_header = "meta-berth-offset";
constexpr std::string_view base_header = "meta-berth-base";
constexpr std::string_view mark_header = "meta-berth-mark";

}  // namespace

bool is_void(const UploadRecord& record, const ObjectVersion& object) {
  return object != (record.base.empty() ? version_of(std::nullopt) : record.base);
}

std::string Bucket::record_key(std::string_view key) const {
  const std::string root = common::KeySpace(settings_.root).prefix("/");
  const char* lead = root.empty() && !requests_.dialect().allows_leading_slash ? "./" : "/";
  return root + lead + std::string(key.substr(root.size()));
}

std::string Bucket::put_record(std::string_view key, const UploadRecord& record, bool create_only,
                               const sdk::Call& call) {
  Operation operation;
  operation.method = "PUT";
  operation.key = record_key(key);
  operation.body = record.pending_bytes;
  add_description(operation.headers, record.description);
  requests_.add_encryption(operation.headers);
  requests_.add_checksum(operation.headers, record.pending_bytes);
  operation.headers.add(header(upload_header), record.upload);
  operation.headers.add(header(offset_header), std::to_string(record.offset));
  operation.headers.add(header(base_header), record.base);
  std::string own = mark(operation.headers);
  if (create_only)
    create(std::move(operation), own, call);
  else
    (void)send(operation, call);
  return own;
}

std::optional<UploadRecord> Bucket::find_record(std::string_view key, const sdk::Call& call) {
  const Operation operation = read_operation(record_key(key));
  return record_in(answer_to(operation, call), operation);
}

std::optional<UploadRecord> Bucket::peek_record(std::string_view key, const sdk::Call& call) {
  Operation operation = read_operation(record_key(key));
  operation.method = "HEAD";
  return record_in(answer_to(operation, call), operation);
}

std::optional<UploadRecord> Bucket::record_in(Answer&& answer, const Operation& operation) const {
  if (answer.status == 404) return std::nullopt;
  check(answer, operation);
  if (!answer.headers.has(header(upload_header))) return std::nullopt;  // another program's object
  const auto offset = answer.headers.number(header(offset_header));
  if (!offset)
    throw sdk::Error(BERTH_STATUS_UNAVAILABLE,
                     "the record " + quoted(operation.key) +
                         " of an unfinished upload has no valid metadata " + header(offset_header) +
                         "; a proxy may have dropped it");
  return UploadRecord{std::string(answer.headers.get(header(upload_header))),
                      *offset,
                      std::move(answer.body),
                      description_of(answer),
                      std::string(answer.headers.get(header(base_header))),
                      std::string(answer.headers.get(header(mark_header)))};
}

void Bucket::remove_record(std::string_view key, const sdk::Call& call) {
  remove_one(record_key(key), call);
}

}  // namespace berth::bucket
