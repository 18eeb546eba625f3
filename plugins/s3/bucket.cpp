// SPDX-License-Identifier: Apache-2.0
//
// Objects and listings; bucket_uploads.cpp holds the uploads by parts.
#include "bucket.hpp"

#include <algorithm>

#include "common/crypto.hpp"
#include "common/dates.hpp"
#include "common/xml.hpp"

namespace berth::s3 {
namespace {

constexpr unsigned most_transfers = 128;  // of one store, in the background
constexpr std::string_view default_type = "application/octet-stream";

http::ClientOptions client_options(const Settings& settings) {
  http::ClientOptions options;
  options.connect_timeout = settings.connect_timeout;
  options.stall_timeout = settings.stall_timeout;
  options.proxy = settings.proxy;
  options.cafile = settings.ca_file;
  options.skipverify = settings.skip_verify;
  options.user_agent = "berth";
  if (!settings.user_agent.empty()) options.user_agent += ' ' + settings.user_agent;
  return options;
}

http::RetryPolicy retry_policy(const Settings& settings) {
  http::RetryPolicy policy;
  policy.attempts = settings.max_retries + 1;
  return policy;
}

std::string quoted(std::string_view key) {
  return "'" + std::string(key) + "'";
}

std::string doing(const Operation& operation) {
  const bool copy = operation.headers.has("x-amz-copy-source");
  if (operation.key.empty()) return operation.method == "POST" ? "delete keys" : "list the bucket";
  if (copy) return "copy to " + quoted(operation.key);
  if (operation.method == "GET" || operation.method == "HEAD")
    return "read " + quoted(operation.key);
  return (operation.method == "DELETE" ? "delete " : "write ") + quoted(operation.key);
}

// An ETag without its quotes and in lower case.
std::string bare(std::string_view etag) {
  std::string text(etag);
  text.erase(std::remove(text.begin(), text.end(), '"'), text.end());
  return text;
}

}  // namespace

ObjectInfo object_info(const http::Response& answer) {
  ObjectInfo info;
  info.size = answer.headers.number("Content-Length").value_or(0);
  if (const auto range = http::content_range(answer.headers))
    if (range->size) info.size = *range->size;
  if (const auto seconds = http::parse_http_date(answer.headers.get("Last-Modified")))
    info.mtime_ns = *seconds * 1'000'000'000;
  info.etag = answer.headers.get("ETag");
  info.content_type = answer.headers.get("Content-Type");
  return info;
}

Bucket::Bucket(const sdk::Parameters& parameters)
    : settings_(parameters),
      part_plan_(settings_.chunk_size, {most_parts, largest_part, largest_object}),
      client_(client_options(settings_)),
      retrier_(client_, retry_policy(settings_), clock_),
      requests_(settings_, clock_),
      transfers_(client_, retrier_.policy(), clock_, most_transfers) {}

void Bucket::check(const http::Response& answer, const Operation& operation) {
  const ServiceError error = Requests::assess(answer, operation.expects);
  if (error.code.empty() && error.status < 300) return;
  throw error_from(error, doing(operation)).retry_after(http::retry_after(answer));
}

http::Response Bucket::send(Operation operation, const sdk::Call& call) {
  const http::Response answer = retrier_.send(requests_.plan(operation, &call), call);
  check(answer, operation);
  return answer;
}

std::optional<ObjectInfo> Bucket::head(std::string_view key, const sdk::Call& call) {
  Operation operation;
  operation.method = "HEAD";
  operation.key = key;
  const http::Response answer = retrier_.send(requests_.plan(operation, &call), call);
  if (answer.status == 404) return std::nullopt;
  check(answer, operation);
  return object_info(answer);
}

Operation Bucket::read_operation(std::string_view key) const {
  Operation operation;
  operation.key = key;
  return operation;
}

void Bucket::put(std::string_view key, std::string_view bytes, const sdk::WriteOptions& options,
                 const sdk::Call& call) {
  Operation operation;
  operation.method = "PUT";
  operation.key = key;
  operation.body = bytes;
  add_new_object_headers(operation.headers, options.content_type);
  add_checksum_headers(operation.headers, bytes);
  if (options.create_only) operation.headers.add("If-None-Match", "*");

  int attempts = 0;
  http::Plan plan = requests_.plan(operation, &call);
  const http::Response answer =
      retrier_.send({[&] { return ++attempts, plan.make(); }, plan.judge}, call);
  if (!options.create_only || answer.status != 412) return check(answer, operation);
  // The object may be ours: from an attempt whose answer was lost.
  const auto found = attempts > 1 ? head(key, call) : std::nullopt;
  if (found && bare(found->etag) == common::hex(common::md5(bytes))) return;
  throw sdk::Error(BERTH_ALREADY_EXISTS, quoted(key) + " exists already").protocol_status(412);
}

void Bucket::add_new_object_headers(http::Headers& headers, std::string_view content_type) const {
  headers.add("Content-Type", content_type.empty() ? default_type : content_type);
  // What the service does anyway is not said: buckets with access lists switched off refuse it.
  if (settings_.acl != "private") headers.add("x-amz-acl", settings_.acl);
  if (!settings_.storage_class.empty() && settings_.storage_class != "STANDARD")
    headers.add("x-amz-storage-class", settings_.storage_class);
  add_encryption_headers(headers);
}

void Bucket::add_encryption_headers(http::Headers& headers) const {
  if (!settings_.key_id.empty()) {
    headers.add("x-amz-server-side-encryption", "aws:kms");
    headers.add("x-amz-server-side-encryption-aws-kms-key-id", settings_.key_id);
  } else if (settings_.encrypt) {
    headers.add("x-amz-server-side-encryption", "AES256");
  }
}

void Bucket::add_checksum_headers(http::Headers& headers, std::string_view bytes) const {
  switch (settings_.checksum) {
    case Checksum::none:
      break;
    case Checksum::md5:
      headers.add("Content-MD5", common::base64(common::md5(bytes)));
      break;
    case Checksum::crc32c:
      headers.add("x-amz-checksum-crc32c",
                  common::base64(common::crc32c_bytes(common::crc32c(bytes))));
      break;
    case Checksum::sha256:
      headers.add("x-amz-checksum-sha256", common::base64(common::sha256(bytes)));
      break;
  }
}

common::Page Bucket::page(const common::PageRequest& request, const sdk::Call& call) {
  Operation operation;
  operation.expects = "ListBucketResult";
  operation.query = {{"list-type", "2"}, {"encoding-type", "url"}};
  const auto add = [&operation](const char* name, std::string_view value) {
    if (!value.empty()) operation.query.emplace_back(name, value);
  };
  add("prefix", request.prefix);
  if (request.delimited) add("delimiter", "/");
  if (request.limit != 0) add("max-keys", std::to_string(request.limit));
  add("continuation-token", request.token);
  add("start-after", request.start_after);
  // For services that know only version 1 of the operation, which the others ignore.
  add("marker", request.start_after);
  return read_keys(send(std::move(operation), call).body);
}

void Bucket::remove(const std::vector<std::string>& keys, const sdk::Call& call) {
  if (keys.size() == 1) return remove_one(keys.front(), call);
  std::vector<std::string> left = keys;
  http::Backoff backoff(retrier_.policy());
  for (;;) {
    const std::vector<DeleteFailure> failures = try_remove(left, call);
    if (failures.empty()) return;
    left.clear();
    const DeleteFailure* fatal = nullptr;
    for (const DeleteFailure& failure : failures) {
      ServiceError error;
      error.code = failure.code;
      if (judge(error) == http::Verdict::refuse) fatal = fatal ? fatal : &failure;
      left.push_back(failure.key);
    }
    const DeleteFailure& first = fatal ? *fatal : failures.front();
    ServiceError error;
    error.status = first.code == "AccessDenied" ? 403 : 500;
    error.code = first.code;
    error.message = first.message;
    const std::string others =
        failures.size() == 1 ? "" : " and " + std::to_string(failures.size() - 1) + " more";
    const sdk::Error thrown = error_from(error, "delete " + quoted(first.key) + others);
    const auto wait = fatal ? std::nullopt : backoff.after(thrown);
    if (!wait) throw thrown;
    http::pause(*wait, call, thrown.message());
  }
}

void Bucket::remove_one(const std::string& key, const sdk::Call& call) {
  Operation operation;
  operation.method = "DELETE";
  operation.key = key;
  const http::Response answer = retrier_.send(requests_.plan(operation, &call), call);
  if (answer.status != 404) return check(answer, operation);
  // Gone already is what was wanted; a missing bucket is not.
  const ServiceError error = read_service_error(answer);
  if (error.code == "NoSuchBucket") throw error_from(error, doing(operation));
}

std::vector<DeleteFailure> Bucket::try_remove(const std::vector<std::string>& keys,
                                              const sdk::Call& call) {
  const std::string body = delete_document(keys);
  Operation operation;
  operation.method = "POST";
  operation.query = {{"delete", ""}};
  operation.body = body;
  operation.expects = "DeleteResult";
  operation.headers.add("Content-Type", "application/xml");
  operation.headers.add("Content-MD5", common::base64(common::md5(body)));
  std::vector<DeleteFailure> failures = read_delete_failures(send(std::move(operation), call).body);
  const auto gone = [](const DeleteFailure& failure) { return failure.code == "NoSuchKey"; };
  failures.erase(std::remove_if(failures.begin(), failures.end(), gone), failures.end());
  return failures;
}

void Bucket::copy_whole(std::string_view source, std::string_view destination,
                        const ObjectInfo& info, const sdk::Call& call) {
  Operation operation;
  operation.method = "PUT";
  operation.key = destination;
  operation.expects = "CopyObjectResult";
  operation.first_byte_timeout = std::chrono::minutes(10);
  add_new_object_headers(operation.headers, {});
  operation.headers.remove("Content-Type");  // the source's is kept
  operation.headers.add("x-amz-copy-source",
                        '/' + settings_.bucket + '/' + common::percent_encode_path(source));
  if (!info.etag.empty()) operation.headers.add("x-amz-copy-source-if-match", info.etag);
  send(std::move(operation), call);
}

}  // namespace berth::s3
