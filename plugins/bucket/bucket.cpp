// SPDX-License-Identifier: Apache-2.0
//
// Operations on objects, and how an operation is sent. A lost answer to a write is resolved by the
// mark of the object that is found.
#include "bucket/bucket.hpp"

#include <algorithm>
#include <utility>

#include "bucket/reader.hpp"
#include "common/attributes.hpp"
#include "common/crypto.hpp"
#include "common/dates.hpp"
#include "common/etag.hpp"
#include "common/object_stream.hpp"
#include "common/text.hpp"

namespace berth::bucket {
namespace {

constexpr unsigned max_transfers = 128;  // of one store, in the background
constexpr std::string_view default_type = "application/octet-stream";
constexpr std::string_view mark_header = "meta-berth-mark";
constexpr std::chrono::minutes copy_timeout{10};

http::RetryPolicy retry_policy(const Settings& settings) {
  http::RetryPolicy policy;
  policy.attempts = settings.max_retries + 1;
  return policy;
}

bool describes_content(std::string_view header) {
  for (const std::string_view name :
       {"Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Expires"})
    if (http::same_name(header, name)) return true;
  return false;
}

// A 404 for a listing or an upload means that the bucket is missing, because neither needs an
// existing object. Some services send no error code with it.
bool means_missing_bucket(const common::ServiceError& error, const Operation& operation,
                          const std::string& copy_source) {
  if (error.status != 404) return false;
  if (!error.code.empty() && error.code != "NotFound" && error.code != "NoSuchKey") return false;
  if (operation.key.empty()) return true;
  if (operation.method != "PUT" && operation.method != "POST") return false;
  const bool of_upload = std::any_of(operation.query.begin(), operation.query.end(),
                                     [](const auto& pair) { return pair.first == "uploadId"; });
  return !of_upload && !operation.headers.has(copy_source);
}

}  // namespace

std::string quoted(std::string_view key) {
  return "'" + std::string(key) + "'";
}

ObjectVersion version_of(const std::optional<KeptObject>& object) {
  if (!object) return "absent";
  const std::string time = object->mtime_ns ? std::to_string(*object->mtime_ns) : std::string();
  return common::hex(
      common::md5(object->etag + ' ' + (object->mark.empty() ? time : object->mark)));
}

Bucket::Bucket(Settings settings, Requests& requests, http::Client& client, http::Clock& clock)
    : settings_(std::move(settings)),
      part_plan_(settings_.chunk_size, settings_.limits),
      requests_(requests),
      retrier_(client, retry_policy(settings_), clock),
      transfers_(client, retrier_.policy(), clock, max_transfers) {}

std::string Bucket::header(std::string_view name) const {
  return std::string(requests_.dialect().prefix) + std::string(name);
}

std::string Bucket::doing(const Operation& operation) const {
  if (operation.key.empty()) return operation.method == "POST" ? "delete keys" : "list the bucket";
  if (operation.headers.has(header("copy-source"))) return "copy to " + quoted(operation.key);
  if (operation.method == "GET" || operation.method == "HEAD")
    return "read " + quoted(operation.key);
  return (operation.method == "DELETE" ? "delete " : "write ") + quoted(operation.key);
}

void Bucket::check(const Answer& answer, const Operation& operation) const {
  common::ServiceError error = answer.read.error;
  if (error.ok()) return;
  if (means_missing_bucket(error, operation, header("copy-source"))) error.code = "NoSuchBucket";
  throw requests_.error_from(error, doing(operation)).retry_after(http::retry_after(answer));
}

Answer Bucket::answer_to(const Operation& operation, const sdk::Call& call) {
  const auto attempts = requests_.begin(operation, call);
  int count = 0;
  Assessment last;
  const auto make = [&] { return ++count, attempts->make({}, &call); };
  const auto judge = [&](const http::Response& answer) {
    last = assess(requests_, answer, operation.expects);
    return attempts->judge(answer, last.error);
  };
  Answer answer{retrier_.send({make, judge}, call), std::move(last)};
  answer.resent |= count > 1;
  return answer;
}

Answer Bucket::send(const Operation& operation, const sdk::Call& call) {
  Answer answer = answer_to(operation, call);
  check(answer, operation);
  return answer;
}

std::optional<KeptObject> Bucket::head(std::string_view key, const sdk::Call& call) {
  Operation operation;
  operation.method = "HEAD";
  operation.key = key;
  const Answer answer = answer_to(operation, call);
  if (answer.status == 404) return std::nullopt;
  check(answer, operation);
  KeptObject object;
  object.etag = answer.headers.get("ETag");
  object.mtime_ns = common::parse_date(answer.headers.get("Last-Modified"));
  object.description = description_of(answer);
  object.mark = answer.headers.get(header(mark_header));
  const auto size = common::size_of_object(answer);
  object.size = size ? *size : size_by_reading(*this, operation.key, object.etag, call);
  return object;
}

Description Bucket::description_of(const http::Response& answer) const {
  const std::string metadata = header("meta-");
  const std::string own = header("meta-berth-");
  Description description;
  description.content_type = answer.headers.get("Content-Type");
  for (const auto& [given, value] : answer.headers) {
    const std::string name = common::lower_case(given);
    if (describes_content(name) || (name.starts_with(metadata) && !name.starts_with(own)))
      description.more.add(name, value);
  }
  return description;
}

Description Bucket::description_of(const sdk::AttributeView& attributes) const {
  Description description;
  for (const berth_attribute& each : attributes) {
    const std::string_view name = sdk::view(each.name), value = sdk::view(each.value);
    if (name == "content-type")
      description.content_type = value;
    else if (const auto standard = common::standard_header(name); !standard.empty())
      description.more.add(standard, value);
    else
      description.more.add(header("meta-") + std::string(name), common::encode_metadata(value));
  }
  return description;
}

std::vector<sdk::Attribute> Bucket::attributes_of(const Description& description) const {
  http::Headers headers = description.more;
  headers.add("Content-Type", description.content_type);
  return common::attributes_in(headers, header("meta-"));
}

bool Bucket::same(const Description& a, const Description& b) const {
  const auto sorted = [this](const Description& description) {
    std::vector<std::pair<std::string, std::string>> pairs;
    for (sdk::Attribute& each : attributes_of(description))
      pairs.emplace_back(std::move(each.name), std::move(each.value));
    std::sort(pairs.begin(), pairs.end());
    return pairs;
  };
  return sorted(a) == sorted(b);
}

std::string Bucket::mark(http::Headers& headers) const {
  std::string mark = common::hex(common::random_bytes(8));
  headers.add(header(mark_header), mark);
  return mark;
}

Operation Bucket::read_operation(std::string_view key) const {
  Operation operation;
  operation.key = key;
  return operation;
}

std::string Bucket::put(std::string_view key, std::string_view bytes,
                        const Description& description, bool create_only, const sdk::Call& call) {
  Operation operation;
  operation.method = "PUT";
  operation.key = key;
  operation.body = bytes;
  add_new_object_headers(operation.headers, description);
  requests_.add_checksum(operation.headers, bytes);
  const std::string own = mark(operation.headers);
  if (create_only) return create(std::move(operation), own, call);
  return std::string(send(operation, call).headers.get("ETag"));
}

std::string Bucket::create(Operation operation, const std::string& mark, const sdk::Call& call) {
  requests_.add_condition(operation.headers);
  const Answer answer = answer_to(operation, call);
  const common::ServiceError& error = answer.read.error;
  if (error.ok() || !requests_.is_existing(error)) {
    check(answer, operation);
    return std::string(answer.headers.get("ETag"));
  }
  // An earlier attempt, whose answer was lost, may have made the object.
  const auto found = answer.resent ? head(operation.key, call) : std::nullopt;
  if (found && found->mark == mark) return found->etag;
  throw sdk::Error(BERTH_STATUS_ALREADY_EXISTS,
                   "the object " + quoted(operation.key) + " already exists")
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
  requests_.add_traits(headers);
  requests_.add_encryption(headers);
}

std::string Bucket::copy_whole(std::string_view source, std::string_view destination,
                               const KeptObject& info, const sdk::Call& call) {
  Operation operation;
  operation.method = "PUT";
  operation.key = destination;
  operation.expects = "CopyObjectResult";
  operation.first_byte_timeout = copy_timeout;
  // REPLACE, with the source's metadata, so that the copy gets a mark of its own.
  operation.headers.add(header("metadata-directive"), "REPLACE");
  add_new_object_headers(operation.headers, info.description);
  (void)mark(operation.headers);
  add_copy_source(operation.headers, source, info.etag);
  std::string made = read_result_etag(*send(operation, call).read.document);
  check_made(destination, made, info.etag, info.size, call);
  return made;
}

void Bucket::check_made(std::string_view key, std::string_view made, std::string_view expected,
                        uint64_t size, const sdk::Call& call) {
  if (!expected.empty() && common::bare_etag(made) == common::bare_etag(expected)) return;
  const auto there = head(key, call);
  if (there && there->size == size) return;
  const std::string found = there ? "has " + std::to_string(there->size) + " bytes" : "is missing";
  throw sdk::Error(BERTH_STATUS_CORRUPT, "the new object " + quoted(key) + ' ' + found +
                                             "; it should have " + std::to_string(size) + " bytes");
}

}  // namespace berth::bucket
