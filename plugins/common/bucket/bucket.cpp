// SPDX-License-Identifier: Apache-2.0
//
// Objects and listings; uploads.cpp holds the uploads by parts.
#include "common/bucket/bucket.hpp"

#include <algorithm>
#include <set>

#include "common/bucket/reading.hpp"
#include "common/crypto.hpp"
#include "common/dates.hpp"
#include "common/etag.hpp"
#include "common/job_group.hpp"
#include "common/object_stream.hpp"
#include "common/text.hpp"
#include "common/xml.hpp"

namespace berth::common {
namespace {

constexpr unsigned most_transfers = 128;  // of one store, in the background
constexpr size_t most_deletions = 32;     // single ones in flight
constexpr std::string_view default_type = "application/octet-stream";
constexpr std::string_view mark_header = "meta-berth-mark";
constexpr std::chrono::minutes copy_timeout{10};

http::RetryPolicy retry_policy(const BucketOptions& options) {
  http::RetryPolicy policy;
  policy.attempts = options.max_retries + 1;
  return policy;
}

std::string quoted(std::string_view key) {
  return "'" + std::string(key) + "'";
}

bool describes_content(std::string_view header) {
  for (const std::string_view name :
       {"Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Expires"})
    if (http::same_name(header, name)) return true;
  return false;
}

// A 404 that names no object: to a listing, or to the creation of one. Some services give no code.
bool means_missing_bucket(const ServiceError& error, const Operation& operation,
                          const std::string& copy_source) {
  if (error.status != 404) return false;
  if (!error.code.empty() && error.code != "NotFound" && error.code != "NoSuchKey") return false;
  if (operation.key.empty()) return true;
  if (operation.method != "PUT" && operation.method != "POST") return false;
  const bool of_upload = std::any_of(operation.query.begin(), operation.query.end(),
                                     [](const auto& pair) { return pair.first == "uploadId"; });
  return !of_upload && !operation.headers.has(copy_source);
}

// Whether the service has no request for the deletion of many keys (Google Cloud Storage).
bool knows_no_multi_delete(const ServiceError& error) {
  return error.status == 501 || error.status == 405 || error.code == "NotImplemented" ||
         error.code == "MethodNotAllowed";
}

// What is neither deleted nor refused stays, for all one knows.
void add_unconfirmed(const std::vector<std::string>& keys, Deletion& deletion) {
  std::set<std::string_view> told(deletion.deleted.begin(), deletion.deleted.end());
  for (const DeleteFailure& failure : deletion.failures) told.insert(failure.key);
  std::vector<DeleteFailure> silent;
  for (const std::string& key : keys)
    if (told.count(key) == 0)
      silent.push_back({key, "InternalError", "the service does not confirm it"});
  deletion.failures.insert(deletion.failures.end(), silent.begin(), silent.end());
}

}  // namespace

ObjectVersion version_of(const std::optional<KeptObject>& object) {
  if (!object) return "absent";
  const std::string time = object->mtime_ns ? std::to_string(*object->mtime_ns) : std::string();
  return hex(md5(object->etag + ' ' + (object->mark.empty() ? time : object->mark)));
}

Bucket::Bucket(BucketOptions options, BucketService& service, http::Client& client,
               http::Clock& clock)
    : options_(std::move(options)),
      part_plan_(options_.chunk_size, options_.limits),
      service_(service),
      retrier_(client, retry_policy(options_), clock),
      transfers_(client, retrier_.policy(), clock, most_transfers) {}

std::string Bucket::header(std::string_view name) const {
  return std::string(service_.dialect().prefix) + std::string(name);
}

std::string Bucket::doing(const Operation& operation) const {
  if (operation.key.empty()) return operation.method == "POST" ? "delete keys" : "list the bucket";
  if (operation.headers.has(header("copy-source"))) return "copy to " + quoted(operation.key);
  if (operation.method == "GET" || operation.method == "HEAD")
    return "read " + quoted(operation.key);
  return (operation.method == "DELETE" ? "delete " : "write ") + quoted(operation.key);
}

void Bucket::check(const http::Response& answer, const Operation& operation) const {
  ServiceError error = assess(service_, answer, operation.expects);
  if (error.ok()) return;
  if (means_missing_bucket(error, operation, header("copy-source"))) error.code = "NoSuchBucket";
  throw service_.error_from(error, doing(operation)).retry_after(http::retry_after(answer));
}

http::Response Bucket::answer_to(const Operation& operation, const sdk::Call& call) {
  int attempts = 0;
  const http::Plan one = plan(service_, operation, call);
  http::Response answer = retrier_.send({[&] { return ++attempts, one.make(); }, one.judge}, call);
  answer.resent |= attempts > 1;
  return answer;
}

http::Response Bucket::send(Operation operation, const sdk::Call& call) {
  const http::Response answer = answer_to(operation, call);
  check(answer, operation);
  return answer;
}

std::optional<KeptObject> Bucket::head(std::string_view key, const sdk::Call& call) {
  Operation operation;
  operation.method = "HEAD";
  operation.key = key;
  const http::Response answer = answer_to(operation, call);
  if (answer.status == 404) return std::nullopt;
  check(answer, operation);
  KeptObject object;
  object.etag = answer.headers.get("ETag");
  object.mtime_ns = parse_date(answer.headers.get("Last-Modified"));
  object.description = description_of(answer);
  object.mark = answer.headers.get(header(mark_header));
  const auto size = size_of_object(answer);
  object.size = size ? *size : size_by_reading(*this, operation.key, object.etag, call);
  return object;
}

void Bucket::check_bucket(const sdk::Call& call) {
  PageRequest request;
  request.limit = 1;
  (void)page(request, call);
}

Description Bucket::description_of(const http::Response& answer) const {
  const std::string metadata = header("meta-");
  const std::string own = header("meta-berth-");
  Description description;
  description.content_type = answer.headers.get("Content-Type");
  for (const auto& [given, value] : answer.headers) {
    const std::string name = lower_case(given);
    if (describes_content(name) || (name.starts_with(metadata) && !name.starts_with(own)))
      description.more.add(name, value);
  }
  return description;
}

std::string Bucket::mark(http::Headers& headers) const {
  std::string mark = hex(random_bytes(8));
  headers.add(header(mark_header), mark);
  return mark;
}

Operation Bucket::read_operation(std::string_view key) const {
  Operation operation;
  operation.key = key;
  return operation;
}

void Bucket::put(std::string_view key, std::string_view bytes, const Description& description,
                 bool create_only, const sdk::Call& call) {
  Operation operation;
  operation.method = "PUT";
  operation.key = key;
  operation.body = bytes;
  add_new_object_headers(operation.headers, description);
  service_.add_checksum(operation.headers, bytes);
  const std::string own = mark(operation.headers);
  if (!create_only) return void(send(std::move(operation), call));

  service_.add_condition(operation.headers);
  const http::Response answer = answer_to(operation, call);
  if (answer.ok() || !service_.is_existing(service_.read_error(answer)))
    return check(answer, operation);
  // The object may be ours: from an attempt whose answer was lost.
  const auto found = answer.resent ? head(key, call) : std::nullopt;
  if (found && found->mark == own) return;
  const ServiceError error = service_.read_error(answer);
  throw sdk::Error(BERTH_ALREADY_EXISTS, quoted(key) + " exists already")
      .code(error.code)
      .request_id(error.request_id)
      .protocol_status(answer.status);
}

void Bucket::add_description(http::Headers& headers, const Description& description) {
  const std::string& type = description.content_type;
  headers.add("Content-Type", type.empty() ? default_type : std::string_view(type));
  for (const auto& [name, value] : description.more) headers.add(name, value);
}

void Bucket::add_new_object_headers(http::Headers& headers, const Description& description) const {
  add_description(headers, description);
  service_.add_traits(headers);
  service_.add_encryption(headers);
}

Page Bucket::page(const PageRequest& request, const sdk::Call& call) {
  Operation operation;
  operation.expects = "ListBucketResult";
  operation.query = {{"list-type", "2"}, {"encoding-type", "url"}};
  const auto add = [&operation](const char* name, std::string_view value) {
    if (!value.empty()) operation.query.emplace_back(name, value);
  };
  add("prefix", request.prefix);
  if (request.delimited) add("delimiter", "/");
  const size_t limit = request.limit == 0 ? service_.dialect().page_size : request.limit;
  if (limit != 0) add("max-keys", std::to_string(limit));
  add("continuation-token", request.token);
  add("start-after", request.start_after);
  if (service_.dialect().lists_with_marker) add("marker", request.start_after);
  return read_keys(send(std::move(operation), call).body);
}

void Bucket::remove(const std::vector<std::string>& keys, const sdk::Call& call) {
  if (keys.size() == 1) return remove_one(keys.front(), call);
  if (!deletes_many_) return remove_singly(keys, call);
  std::vector<std::string> left;
  for (const std::string& key : keys) fits_xml(key) ? left.push_back(key) : remove_one(key, call);
  if (left.empty()) return;
  http::Backoff backoff(retrier_.policy());
  for (;;) {
    const auto failures = try_remove(left, call);
    if (!failures) {
      remove_singly(left, call);
      deletes_many_ = false;
      return;
    }
    if (failures->empty()) return;
    const auto [error, may_help] = error_from(*failures);
    const auto wait = may_help ? backoff.after(error) : std::nullopt;
    if (!wait) throw error;
    http::pause(*wait, call, error.message());
    left.clear();
    for (const DeleteFailure& failure : *failures) left.push_back(failure.key);
  }
}

std::pair<sdk::Error, bool> Bucket::error_from(const std::vector<DeleteFailure>& failures) const {
  const auto is_fatal = [this](const DeleteFailure& failure) {
    ServiceError error;
    error.code = failure.code;
    return service_.judge(error) == http::Verdict::refuse;
  };
  const auto fatal = std::find_if(failures.begin(), failures.end(), is_fatal);
  const DeleteFailure& first = fatal == failures.end() ? failures.front() : *fatal;
  ServiceError error;
  error.status = first.code == "AccessDenied" ? 403 : fatal == failures.end() ? 500 : 400;
  error.code = first.code;
  error.message = first.message;
  const std::string others =
      failures.size() == 1 ? "" : " and " + std::to_string(failures.size() - 1) + " more";
  return {service_.error_from(error, "delete " + quoted(first.key) + others),
          fatal == failures.end()};
}

Operation Bucket::delete_operation(const std::string& key) {
  Operation operation;
  operation.method = "DELETE";
  operation.key = key;
  return operation;
}

void Bucket::remove_version(const std::string& key, const KeptObject& object,
                            const sdk::Call& call) {
  const auto replaced = [&key] {
    return sdk::Error(BERTH_PRECONDITION_FAILED,
                      quoted(key) + " was replaced while it was copied; the newer object stays");
  };
  const std::optional<KeptObject> there = head(key, call);
  if (!there) return;  // removed by another program
  if (version_of(there) != version_of(object)) throw replaced();
  if (!service_.dialect().deletes_conditionally || object.etag.empty())
    return remove_one(key, call);

  Operation operation;
  operation.method = "DELETE";
  operation.key = key;
  operation.headers.add("If-Match", object.etag);
  const http::Response answer = answer_to(operation, call);
  if (answer.status == 501) return remove_one(key, call);  // the service has no such condition
  // After a lost answer the condition fails for an object that is gone.
  if (answer.status == 412 && !head(key, call)) return;
  if (answer.status == 412) throw replaced().protocol_status(412);
  if (answer.status != 404 || service_.read_error(answer).code == "NoSuchBucket")
    check(answer, operation);
}

// Gone already is what was wanted; a missing bucket is not.
ServiceError Bucket::deletion_error(const http::Response& answer) const {
  ServiceError error = assess(service_, answer, nullptr);
  if (error.status == 404 && error.code != "NoSuchBucket") return {204, {}, {}, {}, {}, {}};
  return error;
}

void Bucket::remove_one(const std::string& key, const sdk::Call& call) {
  const Operation operation = delete_operation(key);
  const http::Response answer = answer_to(operation, call);
  const ServiceError error = deletion_error(answer);
  if (error.ok()) return;
  throw service_.error_from(error, doing(operation)).retry_after(http::retry_after(answer));
}

// Goes on after a key that the service refuses, so that the error can name how many stay.
void Bucket::remove_singly(const std::vector<std::string>& keys, const sdk::Call& call) {
  std::optional<ServiceError> first;
  std::string refused;
  size_t failed = 0;
  JobGroup jobs(transfers_, most_deletions);
  for (const std::string& key : keys) {
    const auto take = [&, key](const http::Response& answer) {
      ServiceError error = deletion_error(answer);
      if (error.ok() || failed++ != 0) return;
      first = std::move(error);
      refused = key;
    };
    jobs.start(background_plan(service_, delete_operation(key), call), take, call);
  }
  jobs.wait(call);
  if (!first) return;
  const std::string others = failed == 1 ? "" : " and " + std::to_string(failed - 1) + " more";
  throw service_.error_from(*first, "delete " + quoted(refused) + others);
}

std::optional<std::vector<DeleteFailure>> Bucket::try_remove(const std::vector<std::string>& keys,
                                                             const sdk::Call& call) {
  const bool quiet = service_.dialect().deletes_quietly;
  const std::string body = delete_document(keys, service_.dialect().name_space, quiet);
  Operation operation;
  operation.method = "POST";
  operation.query = {{"delete", ""}};
  if (!quiet) operation.query.emplace_back("encoding-type", "url");
  operation.body = body;
  operation.expects = "DeleteResult";
  operation.headers.add("Content-Type", "application/xml");
  operation.headers.add("Content-MD5", base64(md5(body)));
  const http::Response answer = answer_to(operation, call);
  if (is_refused_as_a_whole(answer)) return std::nullopt;
  check(answer, operation);
  Deletion deletion = read_deletion(answer.body);
  if (!quiet) add_unconfirmed(keys, deletion);
  const auto gone = [](const DeleteFailure& failure) { return failure.code == "NoSuchKey"; };
  std::vector<DeleteFailure>& failures = deletion.failures;
  failures.erase(std::remove_if(failures.begin(), failures.end(), gone), failures.end());
  return std::move(failures);
}

// A 400 that is not about credentials may mean the same in other words. Single deletions show it,
// and name what else is wrong better.
bool Bucket::is_refused_as_a_whole(const http::Response& answer) const {
  if (answer.ok()) return false;
  const ServiceError error = service_.read_error(answer);
  if (knows_no_multi_delete(error)) return true;
  return error.status == 400 && service_.error_from(error, "delete keys").status() == BERTH_UNKNOWN;
}

void Bucket::copy_whole(std::string_view source, std::string_view destination,
                        const KeptObject& info, const sdk::Call& call) {
  Operation operation;
  operation.method = "PUT";
  operation.key = destination;
  operation.expects = "CopyObjectResult";
  operation.first_byte_timeout = copy_timeout;
  // Replaced by what the source has, so that the copy gets a mark of its own.
  operation.headers.add(header("metadata-directive"), "REPLACE");
  add_new_object_headers(operation.headers, info.description);
  (void)mark(operation.headers);
  add_copy_source(operation.headers, source, info.etag);
  const std::string made = read_result_etag(send(std::move(operation), call).body);
  check_made(destination, made, info.etag, info.size, call);
}

void Bucket::check_made(std::string_view key, std::string_view made, std::string_view expected,
                        uint64_t size, const sdk::Call& call) {
  if (!expected.empty() && bare_etag(made) == bare_etag(expected)) return;
  const auto there = head(key, call);
  if (there && there->size == size) return;
  const std::string found = there ? std::to_string(there->size) + " bytes" : "no object";
  throw sdk::Error(BERTH_CORRUPT, "the service made " + found + " at " + quoted(key) +
                                      " instead of " + std::to_string(size) + " bytes");
}

}  // namespace berth::common
