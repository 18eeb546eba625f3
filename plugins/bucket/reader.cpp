// SPDX-License-Identifier: Apache-2.0
//
// The ranges of one reader are attempts at one operation, so each request is signed when it is
// sent.
#include "bucket/reader.hpp"

#include "common/object_ranges.hpp"
#include "common/object_reader.hpp"

namespace berth::bucket {
namespace {

class ReadSource final : public common::ObjectSource {
 public:
  ReadSource(Bucket& bucket, std::string key, const sdk::Call& call)
      : bucket_(bucket),
        operation_(bucket.read_operation(key)),
        attempts_(bucket.requests().begin(operation_, call)) {}

  http::Request get(const http::Headers& conditions, const sdk::Call* call) const override {
    return attempts_->make(conditions, call);
  }

  void prepare(const sdk::Call& call) const override { bucket_.requests().renew_credentials(call); }

  http::Verdict judge(const http::Response& answer) const override {
    return attempts_->judge(answer, assess(bucket_.requests(), answer, nullptr).error);
  }

  [[noreturn]] void fail(const http::Response& answer) const override {
    const Requests& requests = bucket_.requests();
    throw requests.error_from(requests.read_error(answer), "read '" + operation_.key + "'")
        .retry_after(http::retry_after(answer));
  }

 private:
  Bucket& bucket_;
  const Operation operation_;
  const std::shared_ptr<Attempts> attempts_;
};

}  // namespace

std::unique_ptr<sdk::Reader> open_reader(Bucket& bucket, std::string key,
                                         const sdk::ReadOptions& options, const sdk::Call& call) {
  const common::ReadAhead ahead{bucket.settings().chunk_size,
                                bucket.settings().download_concurrency};
  return std::make_unique<common::ObjectReader>(
      std::make_unique<ReadSource>(bucket, std::move(key), call), bucket.retrier(),
      bucket.transfers(), ahead, options, call);
}

void read_ranges(Bucket& bucket, std::string key, const sdk::RangeRead& read,
                 const sdk::Call& call) {
  common::read_ranges(ReadSource(bucket, std::move(key), call), bucket.transfers(), read, call);
}

uint64_t size_by_reading(Bucket& bucket, const std::string& key, const std::string& etag,
                         const sdk::Call& call) {
  const sdk::Stat found =
      common::stat_by_reading(ReadSource(bucket, key, call), bucket.retrier(), key, call);
  if (!etag.empty() && found.etag != etag) throw common::changed_error();
  return found.size;
}

void read_object(Bucket& bucket, std::string key, const sdk::Buffer& into, const sdk::Call& call) {
  common::read_whole(ReadSource(bucket, std::move(key), call), bucket.retrier(), into, call);
}

}  // namespace berth::bucket
