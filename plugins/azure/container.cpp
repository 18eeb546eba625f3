// SPDX-License-Identifier: Apache-2.0
//
// Blobs and listings; container_blocks.cpp holds the blocks.
#include "container.hpp"

#include <algorithm>

#include "block_ids.hpp"
#include "common/attributes.hpp"
#include "common/crypto.hpp"
#include "common/dates.hpp"
#include "common/http/headers.hpp"
#include "common/object_stream.hpp"
#include "common/text.hpp"
#include "reader.hpp"

namespace berth::azure {
namespace {

constexpr unsigned most_transfers = 128;  // of one store, in the background
constexpr std::string_view metadata = "x-ms-meta-";
constexpr const char* mark_header = "x-ms-meta-berthmark";

http::RetryPolicy retry_policy(const Settings& settings) {
  http::RetryPolicy policy;
  policy.attempts = settings.max_retries + 1;
  policy.base = settings.retry_delay;
  return policy;
}

std::string quoted(std::string_view blob) {
  return "'" + std::string(blob) + "'";
}

std::string doing(const Operation& operation) {
  if (operation.target == Target::service) return "get a key to sign URLs";
  if (operation.target == Target::container)
    return operation.method == "PUT" ? "create the container" : "list the container";
  if (operation.headers.has("x-ms-copy-source")) return "copy to " + quoted(operation.blob);
  if (operation.method == "GET" || operation.method == "HEAD")
    return "read " + quoted(operation.blob);
  return (operation.method == "DELETE" ? "delete " : "write ") + quoted(operation.blob);
}

constexpr std::string_view blob_header = "x-ms-blob-";
constexpr std::string_view escaped_name = "berth_name_";

bool is_identifier(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return std::all_of(name.begin(), name.end(), allowed) &&
         !(name.front() >= '0' && name.front() <= '9');
}

std::string stored_name(std::string_view name) {
  if (is_identifier(name) && !name.starts_with(escaped_name)) return std::string(name);
  return std::string(escaped_name) + common::hex(name);
}

std::string shown_name(const std::string& name) {
  if (!name.starts_with(escaped_name)) return name;
  const auto bytes = common::from_hex(std::string_view(name).substr(escaped_name.size()));
  return bytes && !bytes->empty() ? *bytes : name;
}

bool holds(const BlobInfo& blob, std::string_view bytes) {
  return blob.size == bytes.size() && blob.content_md5 == common::base64(common::md5(bytes));
}

BlobType type_of(std::string_view text) {
  if (text.empty() || text == "BlockBlob") return BlobType::block;
  if (text == "AppendBlob") return BlobType::append;
  return text == "PageBlob" ? BlobType::page : BlobType::other;
}

http::Headers description_in(const http::Response& answer) {
  http::Headers description;
  for (const char* name : {"Content-Type", "Content-Encoding", "Content-Language",
                           "Content-Disposition", "Cache-Control"})
    if (const auto value = answer.headers.find(name))
      description.add("x-ms-blob-" + common::lower_case(name), *value);
  for (const http::Header& header : answer.headers) {
    const std::string name = common::lower_case(header.name);
    if (name.starts_with(metadata) && name != mark_header) description.add(name, header.value);
  }
  return description;
}

BlobInfo blob_info(const http::Response& answer) {
  const auto text = [&](const char* name) { return std::string(answer.headers.get(name)); };
  BlobInfo info;
  info.mtime_ns = common::parse_date(answer.headers.get("Last-Modified"));
  info.etag = text("ETag");
  info.description = description_in(answer);
  info.content_md5 = text("Content-MD5");
  info.type = type_of(answer.headers.get("x-ms-blob-type"));
  info.copy_id = text("x-ms-copy-id");
  info.copy_status = text("x-ms-copy-status");
  info.copy_source = text("x-ms-copy-source");
  info.copy_description = text("x-ms-copy-status-description");
  info.mark = text(mark_header);
  return info;
}

}  // namespace

bool is_folder(const http::Response& answer) {
  return answer.headers.get("x-ms-resource-type") == "directory" ||
         http::same_name(answer.headers.get("x-ms-meta-hdi_isfolder"), "true");
}

const std::string& required_etag(const BlobInfo& info, std::string_view blob) {
  if (!info.etag.empty()) return info.etag;
  throw sdk::Error(BERTH_STATUS_UNAVAILABLE,
                   "the service reports no ETag for " + quoted(blob) +
                       ", so it cannot be changed without the risk of losing another version");
}

void check_etag(const std::optional<BlobInfo>& info, std::string_view blob,
                std::string_view if_match) {
  if (if_match.empty() || (info && info->etag == if_match)) return;
  throw sdk::Error(BERTH_STATUS_PRECONDITION_FAILED,
                   quoted(blob) + (info ? " is not the version that the condition names"
                                        : " does not exist, so it is not the version that the "
                                          "condition names"));
}

http::Headers described(const sdk::AttributeView& attributes) {
  http::Headers description;
  for (const berth_attribute& each : attributes) {
    const std::string_view name = sdk::view(each.name), value = sdk::view(each.value);
    if (common::standard_header(name).empty())
      description.add(std::string(metadata) + stored_name(name), common::encode_metadata(value));
    else
      description.add(std::string(blob_header) + std::string(name), value);
  }
  return description;
}

std::vector<sdk::Attribute> attributes_of(const http::Headers& description) {
  http::Headers headers;
  for (const auto& [name, value] : description) {
    const bool standard = name.starts_with(blob_header);
    headers.add(standard ? name.substr(blob_header.size()) : name, value);
  }
  std::vector<sdk::Attribute> attributes = common::attributes_in(headers, metadata);
  for (sdk::Attribute& each : attributes) each.name = shown_name(each.name);
  return attributes;
}

void Condition::add_to(http::Headers& headers) const {
  if (create_only) headers.add("If-None-Match", "*");
  if (!if_match.empty()) headers.add("If-Match", if_match);
}

Container::Container(const sdk::Parameters& parameters)
    : settings_(parameters),
      part_plan_(settings_.chunk_size, {most_blocks, largest_block, largest_blob}),
      client_(settings_.client),
      retrier_(client_, retry_policy(settings_), clock_),
      requests_(settings_, clock_),
      transfers_(client_, retrier_.policy(), clock_, most_transfers) {
  if (settings_.leading_slash != LeadingSlash::look)
    leading_slash_ = settings_.leading_slash == LeadingSlash::always;
}

// ---- Requests

void Container::check(const http::Response& answer, const Operation& operation) {
  if (answer.ok()) return;
  ServiceError error = read_service_error(answer);
  // Only what is read, deleted or copied can be missing; of others it is the container.
  const bool of_blob = operation.target == Target::blob &&
                       (operation.method != "PUT" || operation.headers.has("x-ms-copy-source"));
  if (is_missing_blob(error) && !of_blob) error.code = "ContainerNotFound";
  throw error_from(error, doing(operation)).retry_after(http::retry_after(answer));
}

void Container::check_write(const http::Response& answer, const Operation& operation,
                            const Condition& condition) {
  if (condition.create_only && is_refused(answer))
    throw sdk::Error(BERTH_STATUS_ALREADY_EXISTS, quoted(operation.blob) + " exists already")
        .code(read_service_error(answer).code)
        .request_id(read_service_error(answer).request_id)
        .protocol_status(answer.status);
  check(answer, operation);
}

http::Response Container::try_send(const Operation& operation, const sdk::Call& call,
                                   int& attempts) {
  http::Plan plan = requests_.plan(operation, call);
  http::Response answer =
      retrier_.send({[&] { return ++attempts, plan.make(); }, plan.judge}, call);
  if (answer.resent) ++attempts;
  return answer;
}

http::Response Container::send(const Operation& operation, const sdk::Call& call, int* attempts) {
  int count = 0;
  http::Response answer = try_send(operation, call, count);
  if (answer.ok()) seen_ = true;
  if (answer.status == 404 && settings_.create_container && !seen_ &&
      read_service_error(answer).code == "ContainerNotFound") {
    create_container(call);
    count = 0;
    answer = try_send(operation, call, count);
  }
  if (attempts) *attempts = count;
  return answer;
}

void Container::create_container(const sdk::Call& call) {
  Operation operation;
  operation.target = Target::container;
  operation.method = "PUT";
  operation.query = {{"restype", "container"}};
  int attempts = 0;
  const http::Response answer = try_send(operation, call, attempts);
  if (read_service_error(answer).code != "ContainerAlreadyExists") check(answer, operation);
}

// ---- Names

std::string Container::blob(std::string_view key, const sdk::Call& call) {
  return has_leading_slash(call) ? '/' + std::string(key) : std::string(key);
}

bool Container::has_leading_slash(const sdk::Call& call) {
  {
    const std::lock_guard lock(mutex_);
    if (leading_slash_) return *leading_slash_;
  }
  const bool found = look_for_leading_slash(call);
  const std::lock_guard lock(mutex_);
  leading_slash_ = found;
  return found;
}

// New stores cost one request; those of 2.x two, since a mixture must not go unseen.
bool Container::look_for_leading_slash(const sdk::Call& call) try {
  const std::string root = common::KeySpace(settings_.root).prefix("/");
  if (!any_blob('/' + root, {}, call)) return false;
  if (!any_blob(root, root.empty() ? "/" : "", call)) return true;
  throw sdk::Error(BERTH_STATUS_INVALID_PARAMETERS,
                   "container " + quoted(settings_.container) +
                       " holds names with a leading slash, as registries 2.x write them, and "
                       "without; say with legacyleadingslash (true or false) which are meant");
} catch (const sdk::Error& error) {
  if (error.status() != BERTH_STATUS_PERMISSION_DENIED) throw;
  throw http::reworded(error,
                       "legacyleadingslash is auto, which needs the right to list; give it, or say "
                       "true or false: " +
                           error.message());
}

// Whether something begins with the prefix, but not with what is excepted.
bool Container::any_blob(std::string_view prefix, std::string_view except, const sdk::Call& call) {
  common::PageRequest request;
  request.delimited = !except.empty();
  request.limit = except.empty() ? 1 : 2;
  std::string marker;
  do {
    request.token = marker;
    BlobPage page = list(prefix, request, Listing::shown, call);
    for (const ListedBlob& blob : page.blobs)
      if (except.empty() || !blob.entry.key.starts_with(except)) return true;
    if (!page.marker.empty() && page.marker == marker)
      throw sdk::Error(BERTH_STATUS_UNAVAILABLE, "the service's list of blobs repeats itself");
    marker = std::move(page.marker);
  } while (!marker.empty());
  return false;
}

BlobPage Container::list(std::string_view prefix, const common::PageRequest& request,
                         Listing listing, const sdk::Call& call) {
  Operation operation;
  operation.target = Target::container;
  operation.query = {
      {"restype", "container"},
      {"comp", "list"},
      {"include", listing == Listing::shown ? "metadata" : "metadata,uncommittedblobs"}};
  const auto add = [&operation](const char* name, std::string_view value) {
    if (!value.empty()) operation.query.emplace_back(name, value);
  };
  add("prefix", prefix);
  if (request.delimited) add("delimiter", "/");
  if (request.limit != 0) add("maxresults", std::to_string(request.limit));
  add("marker", request.token);
  const http::Response answer = send(operation, call);
  check(answer, operation);
  return read_blobs(answer.body);
}

// The service cannot begin behind a name. Where that is wanted, the page is asked for that held the
// name in an earlier listing, or else the first; what comes before is dropped by the caller.
common::Page Container::page(const common::PageRequest& request, Listing listing,
                             const sdk::Call& call) {
  const bool behind = request.token.empty() && !request.start_after.empty();
  const auto token = behind ? page_starts_.find(request) : std::nullopt;
  if (!token) return page_of(request, listing, call);
  common::PageRequest known = request;
  known.token = *token;
  try {
    return page_of(known, listing, call);
  } catch (const sdk::Error& error) {
    if (error.protocol_status() != 400) throw;
  }
  page_starts_.forget(*token);
  return page_of(request, listing, call);
}

common::Page Container::page_of(const common::PageRequest& request, Listing listing,
                                const sdk::Call& call) {
  const bool slash = has_leading_slash(call);
  common::PageRequest wanted = request;
  // Behind a first page of a folder or two there may be many more, all of which are left out.
  if (!request.token.empty()) wanted.limit = 0;
  BlobPage found = list((slash ? "/" : "") + std::string(request.prefix), wanted, listing, call);
  common::Page page;
  std::string first;
  for (ListedBlob& blob : found.blobs) {
    if (slash) blob.entry.key.erase(0, 1);
    if (first.empty() || blob.entry.key < first) first = blob.entry.key;
    if (blob.folder && listing == Listing::shown) continue;
    page.entries.push_back(std::move(blob.entry));
  }
  // Nobody deletes from the middle on.
  if (listing == Listing::shown && !request.token.empty() && !first.empty())
    page_starts_.learn(request, std::move(first));
  page.more = !found.marker.empty();
  page.token = std::move(found.marker);
  return page;
}

// ---- Blobs

std::optional<BlobInfo> Container::head(std::string_view blob, const sdk::Call& call) {
  Operation operation;
  operation.method = "HEAD";
  operation.blob = blob;
  const http::Response answer = send(operation, call);
  if (is_missing_blob(read_service_error(answer))) return std::nullopt;
  check(answer, operation);
  if (is_folder(answer)) return std::nullopt;
  BlobInfo info = blob_info(answer);
  const auto size = common::size_of_object(answer);
  info.size = size ? *size : size_by_reading(*this, operation.blob, info.etag, call);
  return info;
}

std::string Container::put(std::string_view blob, std::string_view bytes,
                           const http::Headers& description, const Condition& condition,
                           const sdk::Call& call) {
  Operation operation;
  operation.method = "PUT";
  operation.blob = blob;
  operation.body = bytes;
  operation.headers = description;
  operation.headers.add("x-ms-blob-type", "BlockBlob");
  condition.add_to(operation.headers);
  const std::string mark = condition.any() ? add_mark(operation.headers) : std::string();
  int attempts = 0;
  http::Response answer = send(operation, call, &attempts);
  if (read_service_error(answer).code == "InvalidBlobType" && !condition.any() &&
      make_room(blob, BlobType::block, call))
    answer = send(operation, call, &attempts);
  // The blob may be ours: from an attempt whose answer was lost.
  if (is_refused(answer) && attempts > 1) {
    const auto found = head(blob, call);
    if (found && (mark.empty() ? holds(*found, bytes) : found->mark == mark)) return found->etag;
  }
  if (condition.create_only && is_refused(answer) && !head(blob, call))
    return put_over_blocks(blob, bytes, description, call);
  check_write(answer, operation, condition);
  return std::string(answer.headers.get("ETag"));
}

// Blocks of an unfinished upload pass for a blob where one is put, but not where a list of them is
// committed.
std::string Container::put_over_blocks(std::string_view blob, std::string_view bytes,
                                       const http::Headers& description, const sdk::Call& call) {
  std::vector<std::string> ids;
  if (!bytes.empty()) {
    ids.push_back(UploadName::make(UploadKind::create, {}, clock_.now()).block(1));
    const Operation block = block_operation(blob, ids.front(), bytes);
    http::Response answer = send(block, call);
    if (minds_block_id(read_service_error(answer).code) && drop_blocks(blob, call))
      answer = send(block, call);
    check(answer, block);
  }
  return put_block_list(blob, ids, description, {true, {}}, call);
}

std::string Container::add_mark(http::Headers& headers) {
  std::string mark = common::hex(common::random_bytes(8));
  headers.add(mark_header, mark);
  return mark;
}

Operation Container::delete_operation(std::string_view blob) const {
  Operation operation;
  operation.method = "DELETE";
  operation.blob = blob;
  if (settings_.delete_snapshots) operation.headers.add("x-ms-delete-snapshots", "include");
  return operation;
}

bool Container::remove_version(std::string_view blob, const std::string& etag,
                               const sdk::Call& call) {
  Operation operation = delete_operation(blob);
  operation.headers.add("If-Match", etag);
  const http::Response answer = send(operation, call);
  const bool replaced = read_service_error(answer).code == "ConditionNotMet";
  if (answer.status != 404 && !replaced) check(answer, operation);
  return !replaced;
}

bool Container::make_room(std::string_view blob, BlobType wanted, const sdk::Call& call) {
  const auto info = head(blob, call);
  if (!info || info->type == wanted) return true;
  if (info->type == BlobType::page || info->type == BlobType::other) return false;
  remove_version(blob, required_etag(*info, blob), call);
  return true;
}

}  // namespace berth::azure
