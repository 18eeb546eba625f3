// SPDX-License-Identifier: Apache-2.0
//
// Uploads by parts.
#include <algorithm>
#include <numeric>

#include "bucket.hpp"
#include "common/crypto.hpp"
#include "common/own_call.hpp"

namespace berth::s3 {
namespace {

// Completing takes the service long where it joins the parts.
constexpr std::chrono::minutes completion_timeout{10};
constexpr std::chrono::seconds abort_timeout{30};

std::string bare(std::string_view etag) {
  std::string text(etag);
  text.erase(std::remove(text.begin(), text.end(), '"'), text.end());
  return text;
}

std::string from_hex(const std::string& text) {
  std::string bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2)
    bytes += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  return bytes;
}

bool is_md5(const std::string& text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// The ETag of an object joined of these parts: the digest of their digests. Empty where the parts'
// ETags are not digests, as with a key of the key service.
std::string joined_etag(const std::vector<Part>& parts) {
  std::string digests;
  for (const Part& part : parts) {
    const std::string etag = bare(part.etag);
    if (!is_md5(etag)) return {};
    digests += from_hex(etag);
  }
  return common::hex(common::md5(digests)) + '-' + std::to_string(parts.size());
}

}  // namespace

const char* Bucket::checksum_element() const noexcept {
  if (settings_.checksum == Checksum::crc32c) return "ChecksumCRC32C";
  return settings_.checksum == Checksum::sha256 ? "ChecksumSHA256" : nullptr;
}

std::string Bucket::start_upload(std::string_view key, std::string_view content_type,
                                 const sdk::Call& call) {
  Operation operation;
  operation.method = "POST";
  operation.key = key;
  operation.query = {{"uploads", ""}};
  operation.expects = "InitiateMultipartUploadResult";
  add_new_object_headers(operation.headers, content_type);
  if (settings_.checksum == Checksum::crc32c)
    operation.headers.add("x-amz-checksum-algorithm", "CRC32C");
  if (settings_.checksum == Checksum::sha256)
    operation.headers.add("x-amz-checksum-algorithm", "SHA256");
  const std::string id = read_upload_id(send(std::move(operation), call).body);
  if (id.empty())
    throw sdk::Error(BERTH_UNAVAILABLE, "the service started an upload without naming it");
  return id;
}

Operation Bucket::part_operation(std::string_view key, const std::string& upload, int number,
                                 std::string_view bytes) const {
  Operation operation;
  operation.method = "PUT";
  operation.key = key;
  operation.query = {{"partNumber", std::to_string(number)}, {"uploadId", upload}};
  operation.body = bytes;
  add_checksum_headers(operation.headers, bytes);
  return operation;
}

Operation Bucket::part_copy_operation(std::string_view key, const std::string& upload, int number,
                                      std::string_view source, const std::string& source_etag,
                                      uint64_t first, uint64_t last) const {
  Operation operation = part_operation(key, upload, number, {});
  operation.headers.clear();
  operation.headers.add("x-amz-copy-source",
                        '/' + settings_.bucket + '/' + common::percent_encode_path(source));
  operation.headers.add("x-amz-copy-source-range",
                        "bytes=" + std::to_string(first) + '-' + std::to_string(last));
  if (!source_etag.empty()) operation.headers.add("x-amz-copy-source-if-match", source_etag);
  operation.expects = "CopyPartResult";
  operation.first_byte_timeout = completion_timeout;
  return operation;
}

Part Bucket::part_of(int number, uint64_t size, const Operation& operation,
                     const http::Response& answer) const {
  check(answer, operation);
  Part part{number, {}, size, {}};
  part.etag = operation.expects ? read_etag(answer.body) : std::string(answer.headers.get("ETag"));
  if (settings_.checksum == Checksum::crc32c)
    part.checksum = operation.headers.get("x-amz-checksum-crc32c");
  if (settings_.checksum == Checksum::sha256)
    part.checksum = operation.headers.get("x-amz-checksum-sha256");
  if (part.etag.empty())
    throw sdk::Error(BERTH_UNAVAILABLE, "the service took part " + std::to_string(number) +
                                            " without an ETag; a proxy may have dropped it");
  return part;
}

void Bucket::complete_upload(std::string_view key, const std::string& upload,
                             const std::vector<Part>& parts, bool create_only,
                             const sdk::Call& call) {
  const std::string body = complete_document(parts, checksum_element());
  Operation operation;
  operation.method = "POST";
  operation.key = key;
  operation.query = {{"uploadId", upload}};
  operation.headers.add("Content-Type", "application/xml");
  if (create_only) operation.headers.add("If-None-Match", "*");
  operation.body = body;
  operation.expects = "CompleteMultipartUploadResult";
  operation.first_byte_timeout = completion_timeout;
  const http::Response answer = retrier_.send(requests_.plan(operation, &call), call);
  if (create_only && answer.status == 412)
    throw sdk::Error(BERTH_ALREADY_EXISTS, "'" + operation.key + "' exists already");
  // The upload is unknown after an attempt that succeeded but whose answer was lost.
  if (read_service_error(answer).code == "NoSuchUpload" && is_completed(key, parts, call)) return;
  check(answer, operation);
}

bool Bucket::is_completed(std::string_view key, const std::vector<Part>& parts,
                          const sdk::Call& call) {
  const auto found = head(key, call);
  if (!found) return false;
  const uint64_t size =
      std::accumulate(parts.begin(), parts.end(), uint64_t{0},
                      [](uint64_t sum, const Part& part) { return sum + part.size; });
  const std::string etag = joined_etag(parts);
  return found->size == size && !etag.empty() && bare(found->etag) == etag;
}

void Bucket::abort_upload(std::string_view key, const std::string& upload, const sdk::Call& call) {
  Operation operation;
  operation.method = "DELETE";
  operation.key = key;
  operation.query = {{"uploadId", upload}};
  const http::Response answer = retrier_.send(requests_.plan(operation, &call), call);
  if (answer.status == 404) return;  // completed or aborted before
  try {
    check(answer, operation);
  } catch (const sdk::Error& error) {
    throw sdk::Error(error.status(), "cannot abort upload " + upload + " of '" + operation.key +
                                         "', abort it by hand: " + error.message())
        .code(error.code())
        .request_id(error.request_id())
        .protocol_status(error.protocol_status())
        .retryable(error.retryable());
  }
}

sdk::Error Bucket::abandon_upload(std::string_view key, const std::string& upload,
                                  const sdk::Error& reason) {
  try {
    abort_upload(key, upload, common::OwnCall(abort_timeout).call());
    return reason;
  } catch (const sdk::Error& error) {
    return sdk::Error(reason.status(), reason.message() + "; and " + error.message())
        .code(reason.code())
        .request_id(reason.request_id())
        .protocol_status(reason.protocol_status())
        .retryable(reason.retryable());
  }
}

// All uploads whose key begins with the prefix: siblings too.
std::vector<Upload> Bucket::uploads_beginning(std::string_view prefix, const sdk::Call& call) {
  std::vector<Upload> found;
  UploadPage page;
  do {
    Operation operation;
    operation.expects = "ListMultipartUploadsResult";
    // Not with encoding-type: Ceph encodes the names then without saying so.
    operation.query = {{"uploads", ""}, {"prefix", std::string(prefix)}};
    if (!page.key_marker.empty()) operation.query.emplace_back("key-marker", page.key_marker);
    if (!page.id_marker.empty()) operation.query.emplace_back("upload-id-marker", page.id_marker);
    UploadPage next = read_uploads(send(std::move(operation), call).body);
    if (next.more && next.key_marker == page.key_marker && next.id_marker == page.id_marker)
      throw sdk::Error(BERTH_UNAVAILABLE, "the service's list of uploads does not go on");
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

void Bucket::abort_uploads_below(std::string_view key, const sdk::Call& call) {
  const std::string below = std::string(key) + '/';
  for (const Upload& upload : uploads_beginning(key, call))
    if (upload.key == key || upload.key.compare(0, below.size(), below) == 0)
      abort_upload(upload.key, upload.id, call), remove_tail(upload.key, call);
}

std::vector<Part> Bucket::parts(std::string_view key, const std::string& upload,
                                const sdk::Call& call) {
  std::vector<Part> all;
  std::string marker;
  for (;;) {
    Operation operation;
    operation.key = key;
    operation.expects = "ListPartsResult";
    operation.query = {{"uploadId", upload}};
    if (!marker.empty()) operation.query.emplace_back("part-number-marker", marker);
    PartPage page = read_parts(send(std::move(operation), call).body, checksum_element());
    all.insert(all.end(), page.parts.begin(), page.parts.end());
    if (!page.more) break;
    if (page.marker == marker)
      throw sdk::Error(BERTH_UNAVAILABLE, "the service's list of parts does not go on");
    marker = page.marker;
  }
  std::sort(all.begin(), all.end(),
            [](const Part& a, const Part& b) { return a.number < b.number; });
  return all;
}

}  // namespace berth::s3
