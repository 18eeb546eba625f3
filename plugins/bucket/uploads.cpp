// SPDX-License-Identifier: Apache-2.0
//
// Multipart uploads: start, parts, complete, abort, list. After a lost answer to the completing
// request the upload is unknown and the object exists.
#include <algorithm>

#include "bucket/bucket.hpp"
#include "common/cleanup_call.hpp"
#include "common/etag.hpp"

namespace berth::bucket {
namespace {

// Some services copy the parts when an upload is completed.
constexpr std::chrono::minutes completion_timeout{10};
constexpr std::chrono::seconds abort_timeout{30};

// The ETag of the object that these parts make; empty where the parts' ETags are no digests.
std::string joined_etag(const std::vector<common::Part>& parts) {
  std::vector<std::string> etags;
  for (const common::Part& part : parts) etags.push_back(PartTag::parse(part.tag).etag);
  return common::joined_etag(etags);
}

}  // namespace

void Bucket::add_copy_source(http::Headers& headers, std::string_view key,
                             const std::string& etag) const {
  headers.add(header("copy-source"), '/' + settings_.name + '/' + common::percent_encode_path(key));
  if (!etag.empty()) headers.add(header("copy-source-if-match"), etag);
}

NewUpload Bucket::start_upload(std::string_view key, const Description& description,
                               const sdk::Call& call) {
  Operation operation;
  operation.method = "POST";
  operation.key = key;
  operation.query = {{"uploads", ""}};
  operation.expects = "InitiateMultipartUploadResult";
  add_new_object_headers(operation.headers, description);
  requests_.add_upload_traits(operation.headers);
  NewUpload upload;
  upload.mark = mark(operation.headers);
  const Answer answer = send(operation, call);
  upload.id = read_upload_id(*answer.read.document);
  upload.resent = answer.resent;
  if (upload.id.empty())
    throw sdk::Error(BERTH_STATUS_UNAVAILABLE, "the service started an upload of " + quoted(key) +
                                                   " and returned no upload id");
  return upload;
}

Operation Bucket::part_operation(std::string_view key, const std::string& upload, int number,
                                 std::string_view bytes) const {
  Operation operation;
  operation.method = "PUT";
  operation.key = key;
  operation.query = {{"partNumber", std::to_string(number)}, {"uploadId", upload}};
  operation.body = bytes;
  requests_.add_checksum(operation.headers, bytes);
  return operation;
}

Operation Bucket::part_copy_operation(std::string_view key, const std::string& upload, int number,
                                      std::string_view source, const std::string& source_etag,
                                      uint64_t first, uint64_t last) const {
  Operation operation = part_operation(key, upload, number, {});
  operation.headers.clear();
  add_copy_source(operation.headers, source, source_etag);
  operation.headers.add(header("copy-source-range"),
                        "bytes=" + std::to_string(first) + '-' + std::to_string(last));
  operation.expects = "CopyPartResult";
  operation.first_byte_timeout = completion_timeout;
  return operation;
}

common::Part Bucket::part_of(int number, uint64_t size, const Operation& operation,
                             const http::Response& answer) const {
  const Assessment read = assess(requests_, answer, operation.expects);
  check({answer, read}, operation);
  // The service itself computes the checksum of a part that it copies.
  const PartTag tag = operation.expects
                          ? read_copied_part(*read.document, requests_.dialect().checksum_element)
                          : PartTag{std::string(answer.headers.get("ETag")),
                                    requests_.checksum_of(operation.headers)};
  if (tag.etag.empty())
    throw sdk::Error(BERTH_STATUS_UNAVAILABLE,
                     "the service stored part " + std::to_string(number) + " of " +
                         quoted(operation.key) +
                         " and returned no ETag; a proxy may have dropped it");
  return {static_cast<uint32_t>(number), tag.text(), size};
}

std::string Bucket::complete_upload(std::string_view key, const NewUpload& upload,
                                    const std::vector<common::Part>& parts, bool create_only,
                                    const sdk::Call& call) {
  const std::string body = complete_document(parts, requests_.dialect().name_space,
                                             requests_.dialect().checksum_element);
  Operation operation;
  operation.method = "POST";
  operation.key = key;
  operation.query = {{"uploadId", upload.id}};
  operation.headers.add("Content-Type", "application/xml");
  if (create_only) requests_.add_condition(operation.headers);
  operation.body = body;
  operation.expects = "CompleteMultipartUploadResult";
  operation.first_byte_timeout = completion_timeout;
  const Answer answer = answer_to(operation, call);
  const common::ServiceError& error = answer.read.error;
  const bool exists = create_only && requests_.is_existing(error);
  // An earlier attempt, whose answer was lost, may have completed the upload.
  const bool may_be_ours = error.code == "NoSuchUpload" || (exists && answer.resent);
  if (may_be_ours && is_completed(key, upload, parts, create_only, call)) return {};
  if (exists)
    throw sdk::Error(BERTH_STATUS_ALREADY_EXISTS,
                     "the object " + quoted(operation.key) + " already exists")
        .code(error.code)
        .request_id(error.request_id)
        .protocol_status(error.status);
  check(answer, operation);
  std::string made = read_result_etag(*answer.read.document);
  check_made(key, made, joined_etag(parts), common::size_of(parts), call);
  return made;
}

bool Bucket::is_completed(std::string_view key, const NewUpload& upload,
                          const std::vector<common::Part>& parts, bool create_only,
                          const sdk::Call& call) {
  const auto found = head(key, call);
  if (!found) return false;
  // Not every service stores the mark. With create_only the mark is required: an object of the same
  // content may be another writer's.
  if (!upload.mark.empty() && (create_only || !found->mark.empty()))
    return found->mark == upload.mark;
  const std::string etag = joined_etag(parts);
  return found->size == common::size_of(parts) && !etag.empty() &&
         common::bare_etag(found->etag) == etag;
}

void Bucket::abort_upload(std::string_view key, const std::string& upload, const sdk::Call& call) {
  Operation operation;
  operation.method = "DELETE";
  operation.key = key;
  operation.query = {{"uploadId", upload}};
  const Answer answer = answer_to(operation, call);
  if (answer.status == 404) return;  // completed or aborted before
  try {
    check(answer, operation);
  } catch (const sdk::Error& error) {
    throw http::reworded(error, "cannot abort the upload " + upload + " of " +
                                    quoted(operation.key) + ": " + error.message() +
                                    "; abort it by other means, its parts may be billed");
  }
}

sdk::Error Bucket::abandon_upload(std::string_view key, const std::string& upload,
                                  const sdk::Error& reason) {
  try {
    abort_upload(key, upload, common::CleanupCall(abort_timeout).call());
    return reason;
  } catch (const sdk::Error& error) {
    return http::reworded(reason, reason.message() + "; " + error.message());
  }
}

// All uploads whose key begins with the prefix, so also those of siblings.
std::vector<Upload> Bucket::uploads_beginning(std::string_view prefix, const sdk::Call& call) {
  std::vector<Upload> found;
  UploadPage page;
  do {
    Operation operation;
    operation.expects = "ListMultipartUploadsResult";
    operation.query = {{"uploads", ""}, {"prefix", std::string(prefix)}};
    if (requests_.dialect().encodes_uploads) operation.query.emplace_back("encoding-type", "url");
    if (!page.key_marker.empty()) operation.query.emplace_back("key-marker", page.key_marker);
    if (!page.id_marker.empty()) operation.query.emplace_back("upload-id-marker", page.id_marker);
    UploadPage next = read_uploads(*send(operation, call).read.document);
    if (next.more && next.key_marker == page.key_marker && next.id_marker == page.id_marker)
      throw sdk::Error(BERTH_STATUS_UNAVAILABLE,
                       "the service returned the same page of its list of uploads twice");
    page = std::move(next);
    found.insert(found.end(), page.uploads.begin(), page.uploads.end());
  } while (page.more);
  return found;
}

std::vector<Upload> Bucket::uploads(std::string_view key, const sdk::Call& call) {
  std::vector<Upload> found = uploads_beginning(key, call);
  found.erase(std::remove_if(found.begin(), found.end(),
                             [key](const Upload& upload) { return upload.key != key; }),
              found.end());
  std::stable_sort(found.begin(), found.end(),
                   [](const Upload& a, const Upload& b) { return a.initiated < b.initiated; });
  return found;
}

void Bucket::abort_uploads(std::string_view key, const sdk::Call& call) {
  const std::vector<Upload> found = uploads(key, call);
  for (const Upload& upload : found) abort_upload(key, upload.id, call);
  if (!found.empty()) remove_record(key, call);
}

std::size_t Bucket::abort_uploads_below(std::string_view key, const sdk::Call& call) {
  const std::string below = std::string(key) + '/';
  std::size_t count = 0;
  for (const Upload& upload : uploads_beginning(key, call)) {
    if (upload.key != key && !upload.key.starts_with(below)) continue;
    abort_upload(upload.key, upload.id, call);
    remove_record(upload.key, call);
    ++count;
  }
  return count;
}

std::vector<common::Part> Bucket::parts(std::string_view key, const std::string& upload,
                                        const sdk::Call& call) {
  std::vector<common::Part> all;
  std::string marker;
  for (;;) {
    Operation operation;
    operation.key = key;
    operation.expects = "ListPartsResult";
    operation.query = {{"uploadId", upload}};
    if (!marker.empty()) operation.query.emplace_back("part-number-marker", marker);
    PartPage page =
        read_parts(*send(operation, call).read.document, requests_.dialect().checksum_element);
    all.insert(all.end(), page.parts.begin(), page.parts.end());
    if (!page.more) break;
    if (page.marker == marker)
      throw sdk::Error(BERTH_STATUS_UNAVAILABLE,
                       "the service returned the same page of its list of parts twice");
    marker = page.marker;
  }
  std::sort(all.begin(), all.end(),
            [](const common::Part& a, const common::Part& b) { return a.number < b.number; });
  // A page may repeat parts of the previous page.
  all.erase(std::unique(
                all.begin(), all.end(),
                [](const common::Part& a, const common::Part& b) { return a.number == b.number; }),
            all.end());
  return all;
}

}  // namespace berth::bucket
