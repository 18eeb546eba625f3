// SPDX-License-Identifier: Apache-2.0
#include "container.hpp"

#include <algorithm>
#include <charconv>

#include "bulk_delete.hpp"
#include "common/crypto.hpp"
#include "common/dates.hpp"
#include "common/job_group.hpp"
#include "common/object_stream.hpp"
#include "errors.hpp"
#include "identity.hpp"
#include "listing_check.hpp"

namespace berth::swift {
namespace {

constexpr unsigned most_transfers = 64;  // of one store, in the background
constexpr size_t page_size = 1'000;
constexpr std::string_view default_type = "application/octet-stream";
constexpr std::chrono::minutes copy_timeout{10};

// Sorts behind every name below a prefix: no valid UTF-8 is larger than U+10FFFF.
constexpr std::string_view last_character = "\xF4\x8F\xBF\xBF";

http::RetryPolicy retry_policy(const Settings& settings) {
  http::RetryPolicy policy;
  policy.attempts = settings.max_retries + 1;
  return policy;
}

std::string doing(const Operation& operation) {
  const std::string object = "'" + operation.object + "'";
  if (operation.object.empty()) {
    if (operation.container.empty()) return "delete objects";
    const std::string container = "container '" + operation.container + "'";
    if (operation.method == "PUT") return "create " + container;
    return (operation.method == "HEAD" ? "open " : "list ") + container;
  }
  if (operation.method == "GET" || operation.method == "HEAD") return "read " + object;
  if (operation.method == "DELETE") return "delete " + object;
  return (operation.headers.has("X-Copy-From") ? "copy to " : "write ") + object;
}

// "1795578451.97922" in nanoseconds; what Last-Modified says, without its fraction lost.
std::optional<int64_t> timestamp(std::string_view text) {
  const size_t dot = std::min(text.find('.'), text.size());
  int64_t seconds = 0;
  const auto end = text.data() + dot;
  if (std::from_chars(text.data(), end, seconds).ptr != end || dot == 0) return std::nullopt;
  std::string fraction(text.substr(std::min(dot + 1, text.size())));
  fraction.resize(9, '0');
  int64_t nanoseconds = 0;
  const auto last = fraction.data() + fraction.size();
  if (std::from_chars(fraction.data(), last, nanoseconds).ptr != last) return std::nullopt;
  constexpr int64_t second = 1'000'000'000;
  if (seconds < 0 || seconds > INT64_MAX / second - 1) return std::nullopt;
  return seconds * second + nanoseconds;
}

// The next page is asked for by the last name, which is right only in the order of the bytes.
void check_order(const std::vector<Listed>& before, const std::vector<Listed>& page) {
  const std::string* last = before.empty() ? nullptr : &before.back().name;
  for (const Listed& entry : page) {
    if (last && entry.name <= *last)
      throw sdk::Error(BERTH_STATUS_UNAVAILABLE,
                       "the service lists '" + entry.name + "' after '" + *last +
                           "': its list repeats itself, or is not in the order "
                           "of the names' bytes");
    last = &entry.name;
  }
}

std::string decoded(const http::Headers& headers, const char* name) {
  return common::percent_decode(headers.get(name));
}

}  // namespace

ObjectInfo object_info(const http::Response& answer) {
  ObjectInfo info;
  const auto size = common::size_of_object(answer);
  info.size = size.value_or(0);
  info.sized = size.has_value();
  info.timestamp = answer.headers.get("X-Timestamp");
  info.mtime_ns = timestamp(answer.headers.get("X-Timestamp"));
  if (!info.mtime_ns) info.mtime_ns = common::parse_date(answer.headers.get("Last-Modified"));
  info.etag = bare(answer.headers.get("ETag"));
  info.content_type = answer.headers.get("Content-Type");
  info.manifest = decoded(answer.headers, "X-Object-Manifest");
  info.is_static = http::same_name(answer.headers.get("X-Static-Large-Object"), "true");
  info.whole = answer.headers.number(size_header);
  info.moved_to = decoded(answer.headers, moved_to_header);
  info.moved_from = decoded(answer.headers, moved_from_header);
  info.adopted = answer.headers.has(adopted_header);
  return info;
}

std::string version_of(const std::optional<ObjectInfo>& object) {
  if (!object) return "absent";
  std::string when = object->timestamp;
  if (when.empty() && object->mtime_ns) when = std::to_string(*object->mtime_ns);
  // The ETag of a dynamic large object changes with the listing of its segments.
  return when + ' ' + (object->manifest.empty() ? object->etag : object->manifest);
}

bool is_short(const http::Response& answer) {
  if (!answer.headers.has("X-Object-Manifest")) return false;
  if (answer.status == 416 && !http::content_range(answer.headers)) return false;  // tells no size
  const ObjectInfo info = object_info(answer);
  return info.whole && info.sized && info.size < *info.whole;
}

Container::Container(const sdk::Parameters& parameters, const sdk::Call& call)
    : settings_(parameters),
      client_(settings_.client),
      retrier_(client_, retry_policy(settings_), clock_),
      requests_(
          [this](const sdk::Call& within) { return log_in(settings_.identity, retrier_, within); }),
      transfers_(client_, retrier_.policy(), clock_, most_transfers) {
  create_if_missing(call);
  learn_features(call);
}

// A look comes first: it is permitted to those who may only use the container, and a needless PUT
// makes the proxy forget what it knows of the container.
void Container::create_if_missing(const sdk::Call& call) {
  Operation operation = this->operation("HEAD", {});
  const http::Response answer = retrier_.send(requests_.plan(operation, call), call);
  if (answer.status != 404) return check(answer, operation);
  operation.method = "PUT";
  send(operation, call);
}

void Container::learn_features(const sdk::Call& call) {
  http::Request request;
  request.url = requests_.session(call)->account;
  const size_t version = request.url.path.rfind("/v1");
  request.url.path = request.url.path.substr(0, std::min(version, request.url.path.size()));
  request.url.path += "/info";
  const http::Response answer = retrier_.send({[&] { return request; }, nullptr}, call);
  if (answer.status == 200) features_ = read_features(answer.body);
  if (features_.url_methods.empty()) features_.url_methods = settings_.url_methods;
  if (!features_.known) features_.container_keys = settings_.container_key;
}

Operation Container::operation(std::string_view method, std::string_view object) const {
  Operation operation;
  operation.method = method;
  operation.container = settings_.container;
  operation.object = object;
  return operation;
}

void Container::check(const http::Response& answer, const Operation& operation) {
  if (answer.ok()) return;
  // Of a write, the container is what is missing.
  if (answer.status == 404 && operation.method != "GET" && operation.method != "HEAD")
    throw sdk::Error(BERTH_STATUS_UNKNOWN,
                     "cannot " + doing(operation) + ": the service answered 404; " +
                         "is the container '" + operation.container + "' gone?")
        .protocol_status(404)
        .request_id(request_id(answer));
  throw error_from(answer, doing(operation));
}

http::Response Container::send(const Operation& operation, const sdk::Call& call) {
  http::Response answer = retrier_.send(requests_.plan(operation, call), call);
  check(answer, operation);
  return answer;
}

std::optional<ObjectInfo> Container::head(std::string_view object, const sdk::Call& call) {
  return head({settings_.container, std::string(object)}, call);
}

std::optional<ObjectInfo> Container::head(const Segment& segment, const sdk::Call& call) {
  Operation read = operation("HEAD", segment.name);
  read.container = segment.container;
  const http::Response answer = retrier_.send(requests_.plan(read, call), call);
  if (answer.status == 404) return std::nullopt;
  check(answer, read);
  ObjectInfo info = object_info(answer);
  if (!info.sized && info.manifest.empty()) learn_size(segment, info, call);
  return info;
}

// From an answer's head; the body, should it be the whole object, is not read.
void Container::learn_size(const Segment& object, ObjectInfo& info, const sdk::Call& call) {
  Operation read = operation("GET", object.name);
  read.container = object.container;
  read.headers.add("Range", http::range_header(0, 0));
  const auto stream = retrier_.open(requests_.plan(read, call), call);
  const http::Response& head = stream->head();
  if (head.status != 416) check(head, read);  // 416: the object is empty
  const auto size = common::size_of_object(head);
  if (!size)
    throw sdk::Error(BERTH_STATUS_UNAVAILABLE,
                     "the service reports no size for '" + object.name +
                         "', neither to HEAD nor to a GET of its first byte");
  if (head.status != 416 && bare(head.headers.get("ETag")) != info.etag)
    throw common::changed_error();
  info.size = *size;
  info.sized = true;
}

std::optional<ObjectInfo> Container::find(const std::string& object, const sdk::Call& call) {
  ListingCheck listing(*this, object, call);
  do {
    if (auto info = head(object, call)) return info;
  } while (listing.is_due());
  return std::nullopt;
}

std::vector<Segment> Container::places(const std::vector<std::string>& objects) const {
  std::vector<Segment> places;
  for (const std::string& object : objects) places.push_back({settings_.container, object, 0, {}});
  return places;
}

std::vector<std::optional<ObjectInfo>> Container::head_all(const std::vector<Segment>& objects,
                                                           const sdk::Call& call) {
  std::vector<std::optional<ObjectInfo>> found(objects.size());
  common::JobGroup group(transfers_, most_transfers);
  for (size_t i = 0; i < objects.size(); ++i) {
    Operation read = operation("HEAD", objects[i].name);
    read.container = objects[i].container;
    const auto take = [&, i, read](const http::Response& answer) {
      if (answer.status == 404) return;
      check(answer, read);
      found[i] = object_info(answer);
    };
    group.start(requests_.background_plan(read, call), take, call);
  }
  group.wait(call);
  for (size_t i = 0; i < found.size(); ++i)
    if (found[i] && !found[i]->sized && found[i]->manifest.empty())
      learn_size(objects[i], *found[i], call);
  return found;
}

std::vector<std::optional<ObjectInfo>> Container::find_all(const std::vector<std::string>& objects,
                                                           const sdk::Call& call) {
  if (objects.size() == 1) return {find(objects.front(), call)};
  auto found = head_all(places(objects), call);
  for (size_t i = 0; i < objects.size(); ++i)
    if (!found[i]) found[i] = find(objects[i], call);
  return found;
}

void Container::put(std::string_view object, std::string_view bytes, const PutOptions& options,
                    const sdk::Call& call) {
  Operation write = operation("PUT", object);
  write.body = bytes;
  write.headers.add("Content-Type",
                    options.content_type.empty() ? default_type : options.content_type);
  if (options.create_only) write.headers.add("If-None-Match", "*");

  int attempts = 0;
  http::Plan plan = requests_.plan(write, call);
  const http::Response answer =
      retrier_.send({[&] { return ++attempts, plan.make(); }, plan.judge}, call);
  if (!options.create_only || answer.status != 412) return check(answer, write);
  // The object may be ours: from an attempt whose answer was lost.
  const auto found = attempts > 1 || answer.resent ? find(write.object, call) : std::nullopt;
  if (found && found->etag == common::hex(common::md5(bytes))) return;
  throw sdk::Error(BERTH_STATUS_ALREADY_EXISTS, "'" + write.object + "' exists already")
      .request_id(request_id(answer))
      .protocol_status(412);
}

void Container::refuse_existing(std::string_view object, const sdk::Call& call) {
  if (head(object, call))
    throw sdk::Error(BERTH_STATUS_ALREADY_EXISTS, "'" + std::string(object) + "' exists already");
}

std::optional<http::Response> Container::get(std::string_view object, const common::Query& query,
                                             const sdk::Call& call) {
  Operation read = operation("GET", object);
  read.query = query;
  http::Response answer = retrier_.send(requests_.plan(read, call), call);
  if (answer.status == 404) return std::nullopt;
  check(answer, read);
  return answer;
}

std::vector<Listed> Container::list(std::string_view container, const common::PageRequest& request,
                                    const sdk::Call& call) {
  Operation read;
  read.container = container;
  read.query = {{"format", "json"}};
  if (!request.prefix.empty()) read.query.emplace_back("prefix", request.prefix);
  if (request.delimited) read.query.emplace_back("delimiter", "/");
  read.query.emplace_back("limit", std::to_string(request.limit != 0 ? request.limit : page_size));
  std::string marker(request.start_after);
  // Behind a common prefix means behind all that it stands for.
  if (request.delimited && !marker.empty() && marker.back() == '/') marker += last_character;
  if (!marker.empty()) read.query.emplace_back("marker", marker);
  const http::Response answer = retrier_.send(requests_.plan(read, call), call);
  if (answer.status == 204) return {};
  if (answer.status == 404)  // no file is missing, but the container
    throw sdk::Error(BERTH_STATUS_UNKNOWN, "the container '" + read.container + "' does not exist")
        .request_id(request_id(answer))
        .protocol_status(404);
  check(answer, read);
  return read_listing(answer.body);
}

std::vector<Listed> Container::list_all(std::string_view container, std::string_view prefix,
                                        const sdk::Call& call) {
  std::vector<Listed> all;
  for (;;) {
    common::PageRequest request;
    request.prefix = prefix;
    if (!all.empty()) request.start_after = all.back().name;
    std::vector<Listed> page = list(container, request, call);
    if (page.empty()) return all;
    check_order(all, page);
    all.insert(all.end(), page.begin(), page.end());
  }
}

std::string Container::copy(std::string_view source_container, std::string_view source,
                            std::string_view target, const sdk::Call& call) {
  Operation write = operation("PUT", target);
  write.headers.add("X-Copy-From", common::percent_encode(source_container) + '/' +
                                       common::percent_encode_path(source));
  write.first_byte_timeout = copy_timeout;
  const std::string origin(source);
  ListingCheck listing(*this, origin, call);
  do {
    const http::Response answer = retrier_.send(requests_.plan(write, call), call);
    if (answer.status == 404) continue;
    check(answer, write);
    return bare(answer.headers.get("ETag"));
  } while (source_container == settings_.container && listing.is_due());
  throw sdk::path_not_found();  // the source, as HEAD would say
}

// ---- Deleting

// The ETag of a segment is the digest of its bytes.
void Container::copy_segment(const Segment& segment, const std::string& target,
                             const sdk::Call& call) {
  const std::string made = copy(segment.container, segment.name, target, call);
  if (segment.etag.empty() || made.empty() || made == segment.etag) return;
  throw sdk::Error(BERTH_STATUS_CORRUPT, "the copy '" + target + "' of segment '" + segment.name +
                                             "' has the ETag " + made + " instead of " +
                                             segment.etag);
}

void Container::remove(const std::vector<std::string>& objects, const sdk::Call& call) {
  remove(places(objects), call);
}

void Container::remove(const std::vector<Segment>& objects, const sdk::Call& call) {
  if (features_.bulk_deletes == 0 || objects.size() == 1) {
    for (const Segment& object : objects) remove_one(object, call);
    return;
  }
  for (size_t i = 0; i < objects.size(); i += features_.bulk_deletes) {
    const size_t end = std::min<size_t>(objects.size(), i + features_.bulk_deletes);
    const auto rest = bulk_delete(*this,
                                  {objects.begin() + static_cast<ptrdiff_t>(i),
                                   objects.begin() + static_cast<ptrdiff_t>(end)},
                                  call);
    for (const Segment& object : rest) remove_one(object, call);
  }
}

void Container::remove_version(const std::string& object, const std::string& version,
                               const sdk::Call& call) {
  const auto now = head(object, call);
  if (now && version_of(now) != version)
    throw sdk::Error(BERTH_STATUS_PRECONDITION_FAILED,
                     "'" + object + "' was replaced while it was copied; the newer object stays");
  remove_one({settings_.container, object, 0, {}}, call);
}

void Container::remove_one(const Segment& object, const sdk::Call& call) {
  Operation write = operation("DELETE", object.name);
  write.container = object.container;
  const http::Response answer = retrier_.send(requests_.plan(write, call), call);
  if (answer.status != 404) check(answer, write);  // gone already is what was wanted
}

}  // namespace berth::swift
