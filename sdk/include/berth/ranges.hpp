// SPDX-License-Identifier: Apache-2.0
//
// Plans read_ranges: which requests deliver a set of byte ranges, and which bytes of an answer
// belong to which range. For the host and for drivers; header-only.
#ifndef BERTH_RANGES_HPP
#define BERTH_RANGES_HPP

#include <berth/driver.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#pragma GCC visibility push(hidden)
namespace berth::sdk {

// One request: bytes [offset, offset + length) of the object, never empty. It delivers the ranges
// plan.order()[first .. first + count), which are sorted by offset.
struct RangeRequest {
  uint64_t offset, length;
  size_t first, count;
};

// Ranges no more than `join_gap` bytes apart share a request of at most `largest_request` bytes. A
// longer range is one request, and is never split. Empty ranges need no request. [any]
class RangePlan {
 public:
  // REQUIRES: no range ends after 2^64 - 1.
  RangePlan(const berth_range* ranges, size_t count, uint64_t join_gap, uint64_t largest_request) {
    order_.reserve(count);
    for (size_t i = 0; i < count; ++i)
      if (ranges[i].length != 0) order_.push_back(i);
    std::sort(order_.begin(), order_.end(), [ranges](size_t a, size_t b) {
      return ranges[a].offset != ranges[b].offset ? ranges[a].offset < ranges[b].offset : a < b;
    });
    for (size_t at = 0; at < order_.size(); ++at)
      add(ranges[order_[at]], at, join_gap, largest_request);
  }

  const std::vector<RangeRequest>& requests() const noexcept { return requests_; }
  const std::vector<size_t>& order() const noexcept { return order_; }  // indices of the ranges

 private:
  void add(const berth_range& range, size_t at, uint64_t join_gap, uint64_t largest_request) {
    if (!requests_.empty()) {
      RangeRequest& last = requests_.back();
      const uint64_t end = last.offset + last.length;
      const uint64_t longer = std::max(end, range.offset + range.length) - last.offset;
      const bool near = range.offset <= end || range.offset - end <= join_gap;
      if (near && (longer == last.length || longer <= largest_request)) {
        last.length = longer;
        ++last.count;
        return;
      }
    }
    requests_.push_back({range.offset, range.length, at, 1});
  }

  std::vector<size_t> order_;
  std::vector<RangeRequest> requests_;
};

// Puts the bytes of one request's answer, which arrive in order, where its ranges want them, and
// counts them in berth_range::got. Ranges may overlap. One thread at a time.
class RangeScatter {
 public:
  // All are borrowed.
  RangeScatter(berth_range* ranges, const RangePlan& plan, const RangeRequest& request) noexcept
      : ranges_(ranges),
        order_(plan.order().data()),
        position_(request.offset),
        next_(request.first),
        last_(request.first + request.count) {}

  uint64_t position() const noexcept { return position_; }  // in the object: the next byte

  // Where the next bytes can be put without a copy before they are passed to take(); nullptr: no
  // range wants them. *size: how many bytes this is true for; 0 when the request is at its end.
  char* place(uint64_t* size) {
    begin_ranges(position_ + 1);
    const bool more = next_ < last_;
    if (open_.empty()) {
      *size = more ? range(next_).offset - position_ : 0;
      return nullptr;
    }
    const berth_range& lead = ranges_[open_.front()];
    const uint64_t end = lead.offset + lead.length;
    *size = (more ? std::min(end, range(next_).offset) : end) - position_;
    return static_cast<char*>(lead.into) + (position_ - lead.offset);
  }

  // The next `size` bytes. Calls done(index) for each range that is complete.
  template <class Done>
  void take(const char* bytes, size_t size, Done&& done) {
    const uint64_t end = position_ + size;
    begin_ranges(end);
    size_t kept = 0;
    for (const size_t index : open_) {
      if (copy(ranges_[index], bytes, end))
        done(index);
      else
        open_[kept++] = index;
    }
    open_.resize(kept);
    position_ = end;
  }

  // The object ends here: calls done(index) for each range that is left, whose `got` is short.
  template <class Done>
  void finish(Done&& done) {
    begin_ranges(UINT64_MAX);
    for (const size_t index : open_) done(index);
    open_.clear();
  }

 private:
  const berth_range& range(size_t at) const noexcept { return ranges_[order_[at]]; }
  void begin_ranges(uint64_t end) {
    while (next_ < last_ && range(next_).offset < end) open_.push_back(order_[next_++]);
  }

  // True: the range is complete.
  bool copy(berth_range& range, const char* bytes, uint64_t end) const noexcept {
    const uint64_t from = std::max(position_, range.offset);
    const uint64_t to = std::min(end, range.offset + range.length);
    char* const into = static_cast<char*>(range.into) + (from - range.offset);
    const char* const source = bytes + (from - position_);
    if (into != source) std::memcpy(into, source, to - from);
    range.got = to - range.offset;
    return range.got == range.length;
  }

  berth_range* const ranges_;
  const size_t* const order_;
  uint64_t position_;
  size_t next_;  // the first range, in the plan's order, that has not begun
  const size_t last_;
  std::vector<size_t> open_;  // indices of ranges that have begun
};

}  // namespace berth::sdk
#pragma GCC visibility pop

#endif  // BERTH_RANGES_HPP
