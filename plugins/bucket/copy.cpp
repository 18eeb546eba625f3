// SPDX-License-Identifier: Apache-2.0
//
// A failed part ends the copy: the upload is aborted; source and destination are unchanged.
#include "bucket/copy.hpp"

#include <algorithm>

#include "bucket/reader.hpp"
#include "common/job_group.hpp"
#include "common/object_reader.hpp"

namespace berth::bucket {
namespace {

// Ranges of the given size, or larger ones if there would be more than `max_parts`.
std::vector<ByteRange> ranges_of(uint64_t size, uint64_t part_size, uint32_t max_parts) {
  part_size = std::max(part_size, (size + max_parts - 1) / max_parts);
  std::vector<ByteRange> ranges;
  for (uint64_t first = 0; first < size; first += part_size)
    ranges.push_back({first, std::min(part_size, size - first)});
  return ranges;
}

using FillUpload = decltype(copy_parts);

std::string copy_by_parts(Bucket& bucket, const std::string& source, const std::string& destination,
                          const KeptObject& info, FillUpload* fill, const sdk::Call& call) {
  const NewUpload upload = bucket.start_upload(destination, info.description, call);
  try {
    const auto ranges =
        ranges_of(info.size, bucket.settings().copy_chunk_size, bucket.settings().limits.max_parts);
    const auto parts = fill(bucket, source, info.etag, destination, upload.id, ranges, call);
    return bucket.complete_upload(destination, upload, parts, false, call);
  } catch (const sdk::Error& error) {
    throw bucket.abandon_upload(destination, upload.id, error);
  }
}

// Ceph's gateway cannot copy objects that are encrypted with a customer's key.
bool is_not_implemented(const sdk::Error& error) noexcept {
  return error.protocol_status() == 501;
}

std::vector<common::Part> copy_on_service(Bucket& bucket, const std::string& source,
                                          const std::string& etag, const std::string& destination,
                                          const std::string& upload,
                                          const std::vector<ByteRange>& ranges,
                                          const sdk::Call& call) {
  std::vector<common::Part> parts(ranges.size());
  common::JobGroup copies(bucket.transfers(), bucket.settings().copy_concurrency);
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const auto [first, size] = ranges[i];
    const int number = static_cast<int>(i) + 1;
    const Operation operation = bucket.part_copy_operation(destination, upload, number, source,
                                                           etag, first, first + size - 1);
    const auto take = [&bucket, &part = parts[i], number, size = size,
                       operation](const http::Response& answer) {
      part = bucket.part_of(number, size, operation, answer);
    };
    copies.start(background_plan(bucket.requests(), operation, call), take, call);
  }
  copies.wait(call);
  return parts;
}

common::Part transfer_part(Bucket& bucket, const std::string& bytes, const std::string& destination,
                           const std::string& upload, int number, const sdk::Call& call) {
  const Operation operation = bucket.part_operation(destination, upload, number, bytes);
  const http::Response answer =
      bucket.retrier().send(plan(bucket.requests(), operation, call), call);
  return bucket.part_of(number, bytes.size(), operation, answer);
}

// Downloads and uploads one part at a time. There is one reader, so one version.
std::vector<common::Part> transfer_parts(Bucket& bucket, const std::string& source,
                                         const std::string& etag, const std::string& destination,
                                         const std::string& upload,
                                         const std::vector<ByteRange>& ranges,
                                         const sdk::Call& call) {
  const auto reader = open_reader(bucket, source, {}, call);
  std::vector<common::Part> parts;
  for (const ByteRange& range : ranges)
    parts.push_back(transfer_part(bucket, common::read_exactly(*reader, etag, range.size, call),
                                  destination, upload, static_cast<int>(parts.size()) + 1, call));
  return parts;
}

std::string copy_small(Bucket& bucket, const std::string& source, const std::string& destination,
                       const KeptObject& info, const sdk::Call& call) {
  try {
    return bucket.copy_whole(source, destination, info, call);
  } catch (const sdk::Error& error) {
    if (!is_not_implemented(error)) throw;
    if (info.size == 0) return bucket.put(destination, {}, info.description, false, call);
    return copy_by_parts(bucket, source, destination, info, &transfer_parts, call);
  }
}

}  // namespace

std::vector<common::Part> copy_parts(Bucket& bucket, const std::string& source,
                                     const std::string& etag, const std::string& destination,
                                     const std::string& upload,
                                     const std::vector<ByteRange>& ranges, const sdk::Call& call) {
  if (!bucket.requests().copies_parts_of(source))
    return transfer_parts(bucket, source, etag, destination, upload, ranges, call);
  try {
    return copy_on_service(bucket, source, etag, destination, upload, ranges, call);
  } catch (const sdk::Error& error) {
    if (!is_not_implemented(error)) throw;
    return transfer_parts(bucket, source, etag, destination, upload, ranges, call);
  }
}

Copied copy_object(Bucket& bucket, const std::string& source, const std::string& destination,
                   std::string_view if_match, const sdk::Call& call) {
  const auto info = bucket.head(source, call);
  if (!info) {
    bucket.check_bucket(call);
    throw sdk::path_not_found();
  }
  if (!if_match.empty() && info->etag != if_match)
    throw sdk::Error(BERTH_STATUS_PRECONDITION_FAILED,
                     quoted(source) + " is not the version that the condition names");
  if (source == destination) return {*info, info->etag};
  const uint64_t threshold = bucket.settings().copy_threshold;
  std::string etag = info->size == 0 || info->size <= threshold
                         ? copy_small(bucket, source, destination, *info, call)
                         : copy_by_parts(bucket, source, destination, *info, &copy_parts, call);
  return {*info, std::move(etag)};
}

}  // namespace berth::bucket
