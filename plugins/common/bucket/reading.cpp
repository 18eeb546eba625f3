// SPDX-License-Identifier: Apache-2.0
#include "common/bucket/reading.hpp"

#include "common/object_reader.hpp"

namespace berth::common {
namespace {

class ReadSource final : public ObjectSource {
 public:
  ReadSource(Bucket& bucket, std::string key, const sdk::Call& call)
      : bucket_(bucket),
        operation_(bucket.read_operation(key)),
        attempts_(bucket.service().begin(operation_, call)) {}

  http::Request get(const http::Headers& conditions, const sdk::Call* call) const override {
    return attempts_->make(conditions, call);
  }

  void prepare(const sdk::Call& call) const override { bucket_.service().renew_credentials(call); }

  http::Verdict judge(const http::Response& answer) const override {
    return attempts_->judge(answer);
  }

  [[noreturn]] void fail(const http::Response& answer) const override {
    const BucketService& service = bucket_.service();
    throw service.error_from(service.read_error(answer), "read '" + operation_.key + "'")
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
  const ReadAhead ahead{bucket.options().chunk_size, bucket.options().download_concurrency};
  return std::make_unique<ObjectReader>(std::make_unique<ReadSource>(bucket, std::move(key), call),
                                        bucket.retrier(), bucket.transfers(), ahead, options, call);
}

uint64_t size_by_reading(Bucket& bucket, const std::string& key, const std::string& etag,
                         const sdk::Call& call) {
  const sdk::Stat found =
      stat_by_reading(ReadSource(bucket, key, call), bucket.retrier(), key, call);
  if (!etag.empty() && found.etag != etag) throw changed_error();
  return found.size;
}

void read_object(Bucket& bucket, std::string key, const sdk::Buffer& into, const sdk::Call& call) {
  read_whole(ReadSource(bucket, std::move(key), call), bucket.retrier(), into, call);
}

}  // namespace berth::common
