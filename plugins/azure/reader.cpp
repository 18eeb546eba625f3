// SPDX-License-Identifier: Apache-2.0
#include "reader.hpp"

#include "common/object_ranges.hpp"
#include "common/object_reader.hpp"

namespace berth::azure {
namespace {

class ReadSource final : public common::ObjectSource {
 public:
  ReadSource(Container& container, std::string blob, const sdk::Call& call)
      : requests_(container.requests()), blob_(std::move(blob)) {
    Operation operation;
    operation.blob = blob_;
    attempts_ = Requests::begin(std::move(operation));
    requests_.renew_token(call);
  }

  http::Request get(const http::Headers& conditions, const sdk::Call* call) const override {
    return requests_.make(*attempts_, call, conditions);
  }

  void prepare(const sdk::Call& call) const override { requests_.renew_token(call); }

  http::Verdict judge(const http::Response& answer) const override {
    if (answer.ok() && is_folder(answer)) throw sdk::path_not_found();
    return requests_.judge(*attempts_, answer);
  }

  [[noreturn]] void fail(const http::Response& answer) const override {
    throw error_from(answer, "read '" + blob_ + "'");
  }

 private:
  Requests& requests_;
  const std::string blob_;
  std::shared_ptr<Requests::Attempts> attempts_;
};

}  // namespace

std::unique_ptr<sdk::Reader> open_reader(Container& container, std::string blob,
                                         const sdk::ReadOptions& options, const sdk::Call& call) {
  const common::ReadAhead ahead{container.settings().chunk_size,
                                static_cast<unsigned>(container.settings().download_concurrency)};
  return std::make_unique<common::ObjectReader>(
      std::make_unique<ReadSource>(container, std::move(blob), call), container.retrier(),
      container.transfers(), ahead, options, call);
}

void read_ranges(Container& container, std::string blob, const sdk::RangeRead& read,
                 const sdk::Call& call) {
  common::read_ranges(ReadSource(container, std::move(blob), call), container.transfers(), read,
                      call);
}

void read_whole(Container& container, std::string blob, const sdk::Buffer& into,
                const sdk::Call& call) {
  common::read_whole(ReadSource(container, std::move(blob), call), container.retrier(), into, call);
}

uint64_t size_by_reading(Container& container, const std::string& blob, const std::string& etag,
                         const sdk::Call& call) {
  const sdk::Stat found =
      common::stat_by_reading(ReadSource(container, blob, call), container.retrier(), blob, call);
  if (!etag.empty() && found.etag != etag) throw common::changed_error();
  return found.size;
}

std::string read_range(Container& container, const std::string& blob, const std::string& etag,
                       uint64_t first, uint64_t size, const sdk::Call& call) {
  if (size == 0) return {};
  const auto reader = open_reader(container, blob, {first, size}, call);
  return common::read_exactly(*reader, etag, size, call);
}

}  // namespace berth::azure
