// SPDX-License-Identifier: Apache-2.0
//
// A part below 5 MiB can stand only at the end, and the parts of an unfinished upload cannot be
// read back. So what a closed, uncommitted writer has left over waits in an object of its own,
// under a key that no path can name and no list shows: the root directory, then "//". It names its
// upload and its place, so that a left-over of another time counts for nothing.
#include "bucket.hpp"
#include "common/keys.hpp"

namespace berth::s3 {
namespace {

constexpr std::string_view upload_header = "x-amz-meta-berth-upload";
constexpr std::string_view offset_header = "x-amz-meta-berth-offset";

}  // namespace

std::string Bucket::tail_key(std::string_view key) const {
  const std::string root = common::KeySpace(settings_.root).prefix("/");
  return root + '/' + std::string(key.substr(root.size()));
}

void Bucket::put_tail(std::string_view key, const std::string& upload, uint64_t offset,
                      std::string_view bytes, const sdk::Call& call) {
  Operation operation;
  operation.method = "PUT";
  operation.key = tail_key(key);
  operation.body = bytes;
  add_encryption_headers(operation.headers);
  add_checksum_headers(operation.headers, bytes);
  operation.headers.add(upload_header, upload);
  operation.headers.add(offset_header, std::to_string(offset));
  send(std::move(operation), call);
}

std::optional<std::string> Bucket::tail(std::string_view key, const std::string& upload,
                                        uint64_t offset, const sdk::Call& call) {
  const Operation operation = read_operation(tail_key(key));
  http::Response answer = retrier_.send(requests_.plan(operation, &call), call);
  if (answer.status == 404) return std::nullopt;
  check(answer, operation);
  if (answer.headers.get(upload_header) != upload) return std::nullopt;
  if (answer.headers.number(offset_header) != offset) return std::nullopt;
  return std::move(answer.body);
}

void Bucket::remove_tail(std::string_view key, const sdk::Call& call) {
  remove_one(tail_key(key), call);
}

}  // namespace berth::s3
