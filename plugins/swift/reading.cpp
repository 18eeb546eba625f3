// SPDX-License-Identifier: Apache-2.0
#include "reading.hpp"

#include <atomic>

#include "common/object_reader.hpp"
#include "second_look.hpp"
#include "service_error.hpp"

namespace berth::swift {
namespace {

class ReadSource final : public common::ObjectSource {
 public:
  ReadSource(Container& container, std::string object)
      : requests_(container.requests()),
        conditional_(container.features().conditional),
        operation_(container.operation("GET", object)),
        attempts_(requests_.begin(operation_, nullptr)) {}

  // Ceph's gateway compares If-Match with the manifest instead of the large object; that the ETag
  // of each answer is the first one's is checked in any case.
  http::Request get(const http::Headers& conditions) const override {
    http::Headers headers = conditions;
    if (!conditional_) headers.remove("If-Match");
    return requests_.make(*attempts_, headers);
  }

  // 409: a segment is missing, because the object is being replaced or the listing lags. 404 after
  // the object was there: see second_look.hpp; which of both it is, the retries show.
  http::Verdict judge(const http::Response& answer) const override {
    const bool partly = answer.ok() || answer.status == 416;
    if (answer.status == 409 || (partly && is_short(answer))) return http::Verdict::retry;
    if (partly) was_there_ = true;
    if (answer.status == 404 && was_there_) return http::Verdict::retry;
    return requests_.judge(*attempts_, answer);
  }

  [[noreturn]] void fail(const http::Response& answer) const override {
    throw error_from(answer, "read '" + operation_.object + "'");
  }

 private:
  Requests& requests_;
  const bool conditional_;
  const Operation operation_;
  std::shared_ptr<Requests::Attempts> attempts_;
  mutable std::atomic<bool> was_there_{false};
};

// Runs `open` until it succeeds or the object is missing for good.
template <class Open>
auto looking_twice(Container& container, const std::string& object, const sdk::Call& call,
                   Open open) {
  SecondLook look(container, object, call);
  for (;;) try {
      return open();
    } catch (const sdk::Error& error) {
      if (error.status() != BERTH_PATH_NOT_FOUND || !look.is_due()) throw;
    }
}

}  // namespace

std::unique_ptr<sdk::Reader> open_reader(Container& container, const std::string& object,
                                         const sdk::ReadOptions& options, const sdk::Call& call) {
  const common::ReadAhead ahead{container.settings().chunk_size,
                                static_cast<unsigned>(container.settings().download_concurrency)};
  return looking_twice(container, object, call, [&] {
    return std::make_unique<common::ObjectReader>(std::make_unique<ReadSource>(container, object),
                                                  container.retrier(), container.transfers(), ahead,
                                                  options, call);
  });
}

void read_whole(Container& container, const std::string& object, const sdk::Buffer& into,
                const sdk::Call& call) {
  looking_twice(container, object, call, [&] {
    common::read_whole(ReadSource(container, object), container.retrier(), into, call);
  });
}

std::string read_bytes(Container& container, const std::string& object, uint64_t offset,
                       uint64_t size, const sdk::Call& call) {
  std::string bytes(size, '\0');
  if (size == 0) return bytes;
  const auto reader = open_reader(container, object, {offset, size}, call);
  for (size_t done = 0; done < bytes.size();) {
    const size_t got = reader->read(bytes.data() + done, bytes.size() - done, call);
    if (got == 0) throw sdk::Error(BERTH_UNAVAILABLE, "'" + object + "' ended early").retryable();
    done += got;
  }
  return bytes;
}

}  // namespace berth::swift
