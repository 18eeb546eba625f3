// SPDX-License-Identifier: Apache-2.0
#include "reader.hpp"

#include <atomic>

#include "common/object_ranges.hpp"
#include "common/object_reader.hpp"
#include "errors.hpp"
#include "large_objects.hpp"
#include "listing_check.hpp"

namespace berth::swift {
namespace {

sdk::Error lagging(const std::string& object) {
  return sdk::Error(BERTH_STATUS_UNAVAILABLE,
                    "the service does not list all segments of '" + object + "' yet")
      .retryable();
}

bool shows_nothing(const http::Response& answer) {
  const ObjectInfo info = object_info(answer);
  return info.sized && info.size == 0 && !info.manifest.empty() && !info.whole;
}

unsigned at_once(const Settings& settings) noexcept {
  return static_cast<unsigned>(settings.download_concurrency);
}

class ReadSource final : public common::ObjectSource {
 public:
  ReadSource(Container& container, const std::string& object, const sdk::Call& call)
      : requests_(container.requests()),
        conditional_(container.features().conditional),
        operation_(container.operation("GET", object)),
        attempts_(Requests::begin(operation_, at_once(container.settings()))) {
    (void)requests_.session(call);
  }

  // Ceph's gateway compares If-Match with the manifest instead of the large object; that the ETag
  // of each answer is the first one's is checked in any case.
  http::Request get(const http::Headers& conditions, const sdk::Call* call) const override {
    http::Headers headers = conditions;
    if (!conditional_) headers.remove("If-Match");
    return requests_.make(*attempts_, call, headers);
  }

  void prepare(const sdk::Call& call) const override { (void)requests_.session(call); }

  // An object whose listing lags is asked for again, and never delivered short.
  // 409: a segment is missing, because the object is being replaced or the listing lags. 404 after
  // the object was there: see listing_check.hpp; which of both it is, the retries show.
  http::Verdict judge(const http::Response& answer) const override {
    const bool partly = answer.ok() || answer.status == 416;
    if (partly && is_short(answer)) throw lagging(operation_.object);
    if (answer.status == 409) return http::Verdict::retry;
    if (partly) was_there_ = true;
    if (partly && shows_nothing(answer)) looked_empty_ = true;
    if (answer.status == 404 && was_there_) return http::Verdict::retry;
    return requests_.judge(*attempts_, answer);
  }

  // A dynamic large object of which nothing was seen, and whose manifest does not tell its size.
  bool looked_empty() const noexcept { return looked_empty_; }

  [[noreturn]] void fail(const http::Response& answer) const override {
    throw error_from(answer, "read '" + operation_.object + "'");
  }

 private:
  Requests& requests_;
  const bool conditional_;
  const Operation operation_;
  std::shared_ptr<Requests::Attempts> attempts_;
  mutable std::atomic<bool> was_there_{false};
  mutable std::atomic<bool> looked_empty_{false};
};

// What a registry wrote and the service does not list yet must not be taken for an empty object.
void check_emptiness(Container& container, const ReadSource& source, const std::string& object,
                     const sdk::Call& call) {
  if (!source.looked_empty()) return;
  const auto info = container.head(object, call);
  if (info && LargeObjects(container).size(*info, call) != 0) throw lagging(object);
}

// Runs `open` until it succeeds or the object is missing for good.
template <class Open>
auto looking_twice(Container& container, const std::string& object, const sdk::Call& call,
                   Open open) {
  ListingCheck listing(container, object, call);
  for (;;) try {
      return open();
    } catch (const sdk::Error& error) {
      if (error.status() != BERTH_STATUS_PATH_NOT_FOUND || !listing.is_due()) throw;
    }
}

}  // namespace

std::unique_ptr<sdk::Reader> open_reader(Container& container, const std::string& object,
                                         const sdk::ReadOptions& options, const sdk::Call& call) {
  const common::ReadAhead ahead{container.settings().chunk_size, at_once(container.settings())};
  return looking_twice(container, object, call, [&] {
    auto source = std::make_unique<const ReadSource>(container, object, call);
    const ReadSource& seen = *source;
    auto reader = std::make_unique<common::ObjectReader>(
        std::move(source), container.retrier(), container.transfers(), ahead, options, call);
    check_emptiness(container, seen, object, call);
    return reader;
  });
}

void read_ranges(Container& container, const std::string& object, const sdk::RangeRead& read,
                 const sdk::Call& call) {
  looking_twice(container, object, call, [&] {
    const ReadSource source(container, object, call);
    common::read_ranges(source, container.transfers(), read, call);
    check_emptiness(container, source, object, call);
  });
}

void read_whole(Container& container, const std::string& object, const sdk::Buffer& into,
                const sdk::Call& call) {
  looking_twice(container, object, call, [&] {
    const ReadSource source(container, object, call);
    common::read_whole(source, container.retrier(), into, call);
    check_emptiness(container, source, object, call);
  });
}

std::string read_bytes(Container& container, const std::string& object, uint64_t offset,
                       uint64_t size, const sdk::Call& call) {
  std::string bytes(size, '\0');
  if (size == 0) return bytes;
  const auto reader = open_reader(container, object, {offset, size}, call);
  for (size_t done = 0; done < bytes.size();) {
    const size_t got = reader->read(bytes.data() + done, bytes.size() - done, call);
    if (got == 0)
      throw sdk::Error(BERTH_STATUS_UNAVAILABLE, "'" + object + "' ended early").retryable();
    done += got;
  }
  return bytes;
}

}  // namespace berth::swift
