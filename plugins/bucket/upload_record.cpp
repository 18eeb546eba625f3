// SPDX-License-Identifier: Apache-2.0
//
// A part below the smallest size (S3: 5 MiB, OSS: 100 KiB) can stand only at the end, and the parts
// of an unfinished upload cannot be read back. So what a closed, uncommitted writer has left over
// waits in an object of its own, under a key that no path can name and no list shows: the root
// directory, then "//" (or "./", where keys must not begin with a slash). It names its upload and
// its place, so that a left-over of another time counts for nothing. It is written also when
// nothing is left over: only by it an append knows an upload that was closed from one whose writer
// died. Type and metadata of the object go with it, for an object that gets no parts in the end.
//
// It also records the version of the object when its writer was opened. A put, copy or move onto
// the key sends no request for the upload that it voids: an append finds another version there.
#include <algorithm>

#include "bucket/bucket.hpp"
#include "common/keys.hpp"
#include "common/text.hpp"

namespace berth::bucket {
namespace {

constexpr std::string_view upload_header = "meta-berth-upload";
constexpr std::string_view offset_header = "meta-berth-offset";
constexpr std::string_view base_header = "meta-berth-base";
constexpr std::string_view mark_header = "meta-berth-mark";

}  // namespace

std::string Bucket::record_key(std::string_view key) const {
  const std::string root = common::KeySpace(settings_.root).prefix("/");
  const char* lead = root.empty() && !requests_.dialect().allows_leading_slash ? "./" : "/";
  return root + lead + std::string(key.substr(root.size()));
}

std::string Bucket::put_record(std::string_view key, const UploadRecord& record,
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
  send(std::move(operation), call);
  return own;
}

std::optional<UploadRecord> Bucket::find_record(std::string_view key, const sdk::Call& call) {
  const Operation operation = read_operation(record_key(key));
  http::Response answer = answer_to(operation, call);
  if (answer.status == 404) return std::nullopt;
  check(answer, operation);
  if (!answer.headers.has(header(upload_header))) return std::nullopt;  // another program's object
  const auto offset = answer.headers.number(header(offset_header));
  if (!offset)
    throw sdk::Error(BERTH_UNAVAILABLE, "the record '" + operation.key +
                                            "' of an unfinished upload has no usable " +
                                            header(offset_header) + "; a proxy may drop metadata");
  return UploadRecord{std::string(answer.headers.get(header(upload_header))),
                      *offset,
                      std::move(answer.body),
                      description_of(answer),
                      std::string(answer.headers.get(header(base_header))),
                      std::string(answer.headers.get(header(mark_header)))};
}

std::string Bucket::record_mark(std::string_view key, const sdk::Call& call) {
  const std::optional<KeptObject> record = head(record_key(key), call);
  return record ? record->mark : std::string();
}

void Bucket::remove_record(std::string_view key, const sdk::Call& call) {
  remove_one(record_key(key), call);
}

}  // namespace berth::bucket
