// SPDX-License-Identifier: Apache-2.0
//
// A failed part ends the copy: the upload is aborted and the source is as it was.
#include "common/bucket_copying.hpp"

#include <algorithm>

#include "common/job_group.hpp"

namespace berth::common {
namespace {

// Ranges of the wanted size, larger where they would be too many.
std::vector<ByteRange> ranges_of(uint64_t size, uint64_t part_size, uint32_t most) {
  part_size = std::max(part_size, (size + most - 1) / most);
  std::vector<ByteRange> ranges;
  for (uint64_t first = 0; first < size; first += part_size)
    ranges.push_back({first, std::min(part_size, size - first)});
  return ranges;
}

void copy_by_parts(Bucket& bucket, const std::string& source, const std::string& destination,
                   const ObjectInfo& info, const sdk::Call& call) {
  const std::string upload = bucket.start_upload(destination, info.content_type, call);
  try {
    const auto ranges =
        ranges_of(info.size, bucket.options().copy_chunk_size, bucket.options().limits.max_parts);
    const auto parts = copy_parts(bucket, source, info.etag, destination, upload, ranges, call);
    bucket.complete_upload(destination, upload, parts, false, call);
  } catch (const sdk::Error& error) {
    throw bucket.abandon_upload(destination, upload, error);
  }
}

}  // namespace

std::vector<Part> copy_parts(Bucket& bucket, const std::string& source, const std::string& etag,
                             const std::string& destination, const std::string& upload,
                             const std::vector<ByteRange>& ranges, const sdk::Call& call) {
  std::vector<Part> parts(ranges.size());
  JobGroup copies(bucket.transfers(), bucket.options().copy_concurrency);
  for (size_t i = 0; i < ranges.size(); ++i) {
    const auto [first, size] = ranges[i];
    const int number = static_cast<int>(i) + 1;
    const Operation operation = bucket.part_copy_operation(destination, upload, number, source,
                                                           etag, first, first + size - 1);
    const auto take = [&bucket, &part = parts[i], number, size = size,
                       operation](const http::Response& answer) {
      part = bucket.part_of(number, size, operation, answer);
    };
    copies.start(plan(bucket.service(), operation, nullptr), take, call);
  }
  copies.wait(call);
  return parts;
}

void copy_object(Bucket& bucket, const std::string& source, const std::string& destination,
                 const sdk::Call& call) {
  const auto info = bucket.head(source, call);
  if (!info) throw sdk::path_not_found();
  if (source == destination) return;
  const uint64_t threshold = bucket.options().copy_threshold;
  if (info->size == 0 || info->size <= threshold)
    bucket.copy_whole(source, destination, *info, call);
  else
    copy_by_parts(bucket, source, destination, *info, call);
}

}  // namespace berth::common
