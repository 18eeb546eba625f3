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

#include "common/bucket/bucket.hpp"
#include "common/keys.hpp"
#include "common/text.hpp"

namespace berth::common {
namespace {

constexpr std::string_view upload_header = "meta-berth-upload";
constexpr std::string_view offset_header = "meta-berth-offset";
constexpr std::string_view base_header = "meta-berth-base";
constexpr std::string_view mark_header = "meta-berth-mark";

}  // namespace

std::string Bucket::tail_key(std::string_view key) const {
  const std::string root = KeySpace(options_.root).prefix("/");
  const char* lead = root.empty() && !service_.dialect().allows_leading_slash ? "./" : "/";
  return root + lead + std::string(key.substr(root.size()));
}

std::string Bucket::put_tail(std::string_view key, const Tail& tail, const sdk::Call& call) {
  Operation operation;
  operation.method = "PUT";
  operation.key = tail_key(key);
  operation.body = tail.bytes;
  add_description(operation.headers, tail.description);
  service_.add_encryption(operation.headers);
  service_.add_checksum(operation.headers, tail.bytes);
  operation.headers.add(header(upload_header), tail.upload);
  operation.headers.add(header(offset_header), std::to_string(tail.offset));
  operation.headers.add(header(base_header), tail.base);
  std::string own = mark(operation.headers);
  send(std::move(operation), call);
  return own;
}

std::optional<Tail> Bucket::tail(std::string_view key, const sdk::Call& call) {
  const Operation operation = read_operation(tail_key(key));
  http::Response answer = answer_to(operation, call);
  if (answer.status == 404) return std::nullopt;
  check(answer, operation);
  if (!answer.headers.has(header(upload_header))) return std::nullopt;  // another program's object
  const auto offset = answer.headers.number(header(offset_header));
  if (!offset)
    throw sdk::Error(BERTH_UNAVAILABLE, "the record '" + operation.key +
                                            "' of an unfinished upload has no usable " +
                                            header(offset_header) + "; a proxy may drop metadata");
  return Tail{std::string(answer.headers.get(header(upload_header))),
              *offset,
              std::move(answer.body),
              description_of(answer),
              std::string(answer.headers.get(header(base_header))),
              std::string(answer.headers.get(header(mark_header)))};
}

std::string Bucket::tail_mark(std::string_view key, const sdk::Call& call) {
  const std::optional<KeptObject> record = head(tail_key(key), call);
  return record ? record->mark : std::string();
}

// Most belong to an upload that the service lists; a HEAD of each of these would be slow.
std::set<std::string> Bucket::known_records(const sdk::Call& call) {
  std::set<std::string> keys;
  try {
    for (const Upload& upload : uploads_beginning(KeySpace(options_.root).prefix("/"), call))
      keys.insert(tail_key(upload.key));
  } catch (const sdk::Error& error) {  // not every key may list uploads
    if (error.status() != BERTH_PERMISSION_DENIED) throw;
  }
  return keys;
}

bool Bucket::is_record(const std::string& key, const sdk::Call& call) {
  Operation operation;
  operation.method = "HEAD";
  operation.key = key;
  const http::Response answer = answer_to(operation, call);
  if (answer.status == 404) return true;  // it is gone, as records soon are
  check(answer, operation);
  const std::string own = header("meta-berth-");
  return std::any_of(answer.headers.begin(), answer.headers.end(),
                     [&](const auto& given) { return lower_case(given.name).starts_with(own); });
}

Lookup::IsRecord Bucket::records(const sdk::Call& call) {
  auto known = std::make_shared<std::optional<std::set<std::string>>>();
  return [this, known, lead = tail_key(KeySpace(options_.root).prefix("/")),
          &call](const std::string& key) {
    if (!key.starts_with(lead)) return false;
    if (!*known) *known = known_records(call);
    return (*known)->count(key) != 0 || is_record(key, call);
  };
}

void Bucket::remove_tail(std::string_view key, const sdk::Call& call) {
  remove_one(tail_key(key), call);
}

}  // namespace berth::common
