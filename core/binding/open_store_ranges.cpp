// SPDX-License-Identifier: Apache-2.0
//
// read_ranges: by the driver, or composed: one reader after the other, each checked to be of the
// version of the first.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <berth/errors.hpp>
#include <berth/ranges.hpp>

#include "binding/entries.hpp"
#include "binding/open_reader.hpp"
#include "binding/open_store.hpp"

namespace berth::binding {
namespace {

constexpr std::uint64_t default_join_gap = 64 * 1024;
constexpr std::uint64_t default_largest_request = 8 * 1024 * 1024;

std::vector<berth_range> to_raw(std::span<const Range> ranges) {
  std::vector<berth_range> raw;
  raw.reserve(ranges.size());
  for (const Range& range : ranges) raw.push_back({range.offset, range.length, range.into, 0});
  return raw;
}

// The index of a range that ends after the largest offset, or ranges.size().
std::size_t find_too_far(std::span<const Range> ranges) {
  const auto too_far = [](const Range& range) {
    return range.offset > INT64_MAX || range.length > INT64_MAX - range.offset;
  };
  return static_cast<std::size_t>(std::ranges::find_if(ranges, too_far) - ranges.begin());
}

// Why the ranges' memory cannot be written to, as the end of a sentence; empty: it can.
std::string memory_fault(std::span<const Range> ranges) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (ranges[i].length == 0) continue;
    if (ranges[i].into == nullptr) return "range " + std::to_string(i) + " has no memory to go to";
    order.push_back(i);
  }
  std::ranges::sort(order, std::less<>(), [&](std::size_t i) { return ranges[i].into; });
  for (std::size_t i = 1; i < order.size(); ++i) {
    const Range& before = ranges[order[i - 1]];
    const auto* const end = static_cast<const std::byte*>(before.into) + before.length;
    if (std::less<>()(static_cast<const std::byte*>(ranges[order[i]].into), end))
      return "the memory of ranges " + std::to_string(order[i - 1]) + " and " +
             std::to_string(order[i]) + " overlaps";
  }
  return {};
}

// Receives what a driver reports while it reads ranges.
class RangesReceiver final : public EntryReceiver {
 public:
  RangesReceiver(const CallContext& context, std::span<const berth_range> ranges,
                 const std::function<void(std::size_t)>& done)
      : context_(context), ranges_(ranges), done_(done), reported_(ranges.size()), sink_(*this) {}

  void* sink() const noexcept { return sink_.get(); }

  // To be called after the driver's function returned, as is result(). True: the driver's status
  // does not matter, since result() throws.
  bool failed() noexcept {
    sink_.end();
    return thrown_ != nullptr || !fault_.empty() || sink_.overlapped();
  }

  std::optional<FileInfo> result() {
    if (failed()) {
      if (thrown_) std::rethrow_exception(thrown_);
      throw_misbehaviour(context_,
                         fault_.empty() ? "the driver reported from two threads at once" : fault_);
    }
    for (std::size_t i = 0; i < ranges_.size(); ++i) {
      if (ranges_[i].got > ranges_[i].length) misread(i, "says it read more bytes than fit into");
      if (!reported_[i]) misread(i, "answered OK without completing");
    }
    return std::move(info_);
  }

 private:
  std::int32_t receive(const berth_entry* entry) noexcept override {
    return guarded([&] {
      if (info_) return std::string("the driver reported more than one object");
      const char* const wrong = copy_entry(entry, context_.path, info_.emplace());
      return std::string(wrong == nullptr ? "" : wrong);
    });
  }

  void receive_range(std::size_t index) noexcept override {
    guarded([&] {
      if (index >= ranges_.size())
        return std::string("the driver completed a range that was not asked for");
      if (reported_[index]) return "the driver completed range " + std::to_string(index) + " twice";
      reported_[index] = true;
      if (done_) done_(index);
      return std::string();
    });
  }

  // Runs body, which returns what the driver did wrong, unless something went wrong before.
  template <class Body>
  std::int32_t guarded(Body body) noexcept {
    if (thrown_ || !fault_.empty()) return BERTH_VISIT_STOP;
    try {
      fault_ = body();
    } catch (...) {
      thrown_ = std::current_exception();
    }
    return thrown_ || !fault_.empty() ? BERTH_VISIT_STOP : BERTH_VISIT_CONTINUE;
  }

  [[noreturn]] void misread(std::size_t index, const char* what) const {
    throw_misbehaviour(context_,
                       std::string("the driver ") + what + " range " + std::to_string(index));
  }

  const CallContext& context_;
  const std::span<const berth_range> ranges_;
  const std::function<void(std::size_t)>& done_;
  std::vector<bool> reported_;
  std::optional<FileInfo> info_;
  std::string fault_;
  std::exception_ptr thrown_;
  LentSink sink_;  // last: it ends before what it writes to
};

bool has_etag(const std::optional<FileInfo>& info) {
  return info && !info->etag.empty();
}

// Throws unless `now`, which a reader reports, is the version wanted and read before.
void check_version(const CallContext& context, const std::string& if_match,
                   const std::optional<FileInfo>& before, const std::optional<FileInfo>& now) {
  if (!if_match.empty() && !has_etag(now))
    throw_failure(context, BERTH_STATUS_UNSUPPORTED_METHOD,
                  "the driver reports no etag that if_match could name");
  if (!if_match.empty() && now->etag != if_match)
    throw_failure(context, BERTH_STATUS_PRECONDITION_FAILED,
                  "the object is not the version that if_match names");
  if (before && (!now || now->etag != before->etag || now->size != before->size ||
                 now->modified != before->modified))
    throw_failure(context, BERTH_STATUS_PRECONDITION_FAILED,
                  "the object was replaced while it was being read; read it again");
}

}  // namespace

std::optional<FileInfo> OpenStore::read_ranges(std::string_view path, std::span<Range> ranges,
                                               const RangesOptions& wanted,
                                               const CallOptions& options) {
  check_path("read_ranges", path, model::Root::refused);
  if (const std::size_t index = find_too_far(ranges); index != ranges.size())
    refuse("read_ranges", path, "range " + std::to_string(index) + " ends after byte 2^63 - 1");
  if (const std::string fault = memory_fault(ranges); !fault.empty())
    refuse("read_ranges", path, fault);
  std::vector<berth_range> raw = to_raw(ranges);
  // done() may call into this store, so it must not run inside a call that keeps the others out.
  const bool composed = ops().read_ranges == nullptr || serial_ || raw.empty();
  std::optional<FileInfo> info = composed ? read_ranges_composed(path, raw, wanted, options)
                                          : read_ranges_native(path, raw, wanted, options);
  for (std::size_t i = 0; i < raw.size(); ++i) ranges[i].got = raw[i].got;
  return info;
}

std::optional<FileInfo> OpenStore::read_ranges_native(std::string_view path,
                                                      std::vector<berth_range>& ranges,
                                                      const RangesOptions& wanted,
                                                      const CallOptions& options) {
  const PathText text(path);
  const berth_ranges_options raw{.struct_size = sizeof(berth_ranges_options),
                                 .flags = 0,
                                 .join_gap = wanted.join_gap.value_or(UINT64_MAX),
                                 .largest_request = wanted.largest_request,
                                 .parallel = wanted.parallel,
                                 .reserved0 = 0,
                                 .if_match = {wanted.if_match.c_str(), wanted.if_match.size()}};
  const CallContext who = context("read_ranges", path);
  RangesReceiver receiver(who, ranges, wanted.done);
  run({driver(), "read_ranges", path, {}, options.trace_id}, options, {.limited = false},
      [&](const berth_call* call, berth_error* error) {
        const berth_status status =
            ops().read_ranges(handle_, call, text.str(), ranges.data(), ranges.size(), &raw,
                              &LentSink::range_done, &LentSink::emit, receiver.sink(), error);
        return receiver.failed() ? BERTH_STATUS_OK : status;
      });
  return receiver.result();
}

std::optional<FileInfo> OpenStore::read_ranges_composed(std::string_view path,
                                                        std::vector<berth_range>& ranges,
                                                        const RangesOptions& wanted,
                                                        const CallOptions& options) {
  const CallOptions fixed = with_deadline(options);
  const auto done = [&](std::size_t index) {
    if (wanted.done) wanted.done(index);
  };
  for (std::size_t i = 0; i < ranges.size(); ++i)
    if (ranges[i].length == 0) done(i);
  sdk::RangePlan plan(
      ranges.data(), ranges.size(), wanted.join_gap.value_or(default_join_gap),
      wanted.largest_request == 0 ? default_largest_request : wanted.largest_request);
  const auto open = [&](const sdk::RangeRequest& request) {
    return open_driver_reader(
        "read_ranges", path,
        {.offset = static_cast<std::int64_t>(request.offset), .length = request.length}, fixed);
  };
  std::optional<FileInfo> version;
  for (std::size_t i = 0; i < plan.requests().size(); ++i) {
    auto reader = open(plan.requests()[i]);
    if (i == 0 && plan.requests().size() > 1 && !has_etag(reader->info())) {
      plan = sdk::RangePlan(ranges.data(), ranges.size(), UINT64_MAX, UINT64_MAX);
      reader = open(plan.requests()[i]);  // one reader is one version
    }
    const std::optional<FileInfo> now = reader->info();
    check_version(context("read_ranges", path), wanted.if_match, version, now);
    version = now;
    reader->read_ranges(ranges.data(), plan, plan.requests()[i], done, fixed);
  }
  return version;
}

}  // namespace berth::binding
