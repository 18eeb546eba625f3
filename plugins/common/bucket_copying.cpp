// SPDX-License-Identifier: Apache-2.0
//
// A failed part ends the copy: the upload is aborted and the source is as it was.
#include "common/bucket_copying.hpp"

#include <algorithm>
#include <exception>
#include <mutex>

#include "common/transfers.hpp"
#include "common/wakeup.hpp"

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

// The copies of parts, carried out by the store's engine while this thread waits.
class PartCopies {
 public:
  PartCopies(Bucket& bucket, size_t count)
      : bucket_(bucket), parts_(count), batch_(bucket.transfers()) {}

  void start(size_t index, uint64_t size, const Operation& operation, const sdk::Call& call) {
    wait_until_below(bucket_.options().copy_concurrency, call);
    {
      const std::lock_guard lock(mutex_);
      ++in_flight_;
    }
    batch_.start({plan(bucket_.service(), operation, nullptr), nullptr,
                  [this, index, size, operation](http::JobResult result) {
                    finish(index, size, operation, result);
                  }});
  }

  std::vector<Part> wait(const sdk::Call& call) {
    wait_until_below(1, call);
    return std::move(parts_);
  }

 private:
  void finish(size_t index, uint64_t size, const Operation& operation,
              const http::JobResult& result) noexcept {
    const std::lock_guard lock(mutex_);
    try {
      if (result.error) std::rethrow_exception(result.error);
      parts_[index] = bucket_.part_of(static_cast<int>(index) + 1, size, operation, result.answer);
    } catch (...) {
      if (!failure_) failure_ = std::current_exception();
    }
    --in_flight_;
    wakeup_.raise();
  }

  void wait_until_below(size_t limit, const sdk::Call& call) {
    for (;;) {
      {
        const std::lock_guard lock(mutex_);
        if (failure_) std::rethrow_exception(failure_);
        if (in_flight_ < limit) return;
      }
      wakeup_.wait(call);
    }
  }

  Bucket& bucket_;
  std::mutex mutex_;  // of the members below
  std::vector<Part> parts_;
  size_t in_flight_ = 0;
  std::exception_ptr failure_;
  Wakeup wakeup_;
  http::Transfers::Batch batch_;  // last: ends before what its jobs use
};

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
  PartCopies copies(bucket, ranges.size());
  for (size_t i = 0; i < ranges.size(); ++i)
    copies.start(
        i, ranges[i].size,
        bucket.part_copy_operation(destination, upload, static_cast<int>(i) + 1, source, etag,
                                   ranges[i].first, ranges[i].first + ranges[i].size - 1),
        call);
  return copies.wait(call);
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
