// SPDX-License-Identifier: Apache-2.0
#include "reading.hpp"

#include "common/object_reader.hpp"

namespace berth::s3 {
namespace {

class ReadSource final : public common::ObjectSource {
 public:
  ReadSource(Bucket& bucket, std::string key)
      : requests_(bucket.requests()), operation_(bucket.read_operation(key)) {
    attempts_ = requests_.begin(operation_, nullptr);
  }

  http::Request get(const http::Headers& conditions) const override {
    return requests_.make(*attempts_, conditions);
  }

  http::Verdict judge(const http::Response& answer) const override {
    return requests_.judge(*attempts_, answer);
  }

  [[noreturn]] void fail(const http::Response& answer) const override {
    throw error_from(answer, "read '" + operation_.key + "'");
  }

 private:
  Requests& requests_;
  const Operation operation_;
  std::shared_ptr<Requests::Attempts> attempts_;
};

}  // namespace

std::unique_ptr<sdk::Reader> open_reader(Bucket& bucket, std::string key,
                                         const sdk::ReadOptions& options, const sdk::Call& call) {
  const common::ReadAhead ahead{bucket.settings().chunk_size,
                                static_cast<unsigned>(bucket.settings().download_concurrency)};
  return std::make_unique<common::ObjectReader>(
      std::make_unique<ReadSource>(bucket, std::move(key)), bucket.retrier(), bucket.transfers(),
      ahead, options, call);
}

void read_whole(Bucket& bucket, std::string key, const sdk::Buffer& into, const sdk::Call& call) {
  common::read_whole(ReadSource(bucket, std::move(key)), bucket.retrier(), into, call);
}

}  // namespace berth::s3
