// SPDX-License-Identifier: Apache-2.0
//
// How large each part of an upload is. Exactly chunksize as long as possible, because some services
// take equal parts only; growing in the second half of the part numbers, so that the service's
// largest object can be reached whatever the size turns out to be.
#ifndef BERTH_COMMON_PART_PLAN_HPP
#define BERTH_COMMON_PART_PLAN_HPP

#include <berth/driver.hpp>
#include <cstdint>

namespace berth::common {

// What a service allows.
struct PartLimits {
  uint32_t max_parts = 10'000;
  uint64_t max_part = uint64_t{5} << 30;
  uint64_t max_object = uint64_t{5} << 40;
  bool of_service = true;  // max_object; false: with a larger chunk it would be more
};

class PartPlan {
 public:
  // Throws INVALID_PARAMETERS when no plan with that chunk reaches the largest object.
  PartPlan(uint64_t chunk, const PartLimits& limits);

  // For an object of known size: equal parts. Throws NO_SPACE when it is larger than allowed.
  PartPlan for_size(uint64_t size) const;

  // For a writer: with equal parts where it is told how much will be written to a new object.
  PartPlan for_writer(const sdk::WriteOptions& options) const;

  // Of part `number` (1 is the first) when `written` bytes lie before it. Throws NO_SPACE when the
  // object is as large as allowed, or small parts have used up the numbers.
  uint64_t size(uint32_t number, uint64_t written) const;

  uint64_t chunk() const noexcept { return chunk_; }
  const PartLimits& limits() const noexcept { return limits_; }

 private:
  [[nodiscard]] sdk::Error too_large() const;
  [[nodiscard]] sdk::Error used_up(uint64_t written) const;
  double reach(uint32_t divisor) const noexcept;  // bytes that all parts hold
  uint64_t grown(uint32_t number, uint64_t written, uint32_t divisor) const noexcept;

  uint64_t chunk_;
  PartLimits limits_;
  uint32_t divisor_ = 0;  // a grown part is written / divisor_; 0: parts never grow
};

}  // namespace berth::common

#endif  // BERTH_COMMON_PART_PLAN_HPP
