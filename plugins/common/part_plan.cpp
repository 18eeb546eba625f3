// SPDX-License-Identifier: Apache-2.0
#include "common/part_plan.hpp"

#include <algorithm>
#include <berth/driver.hpp>
#include <cmath>
#include <string>

namespace berth::common {
namespace {

constexpr uint64_t mebibyte = uint64_t{1} << 20;

constexpr uint64_t round_up(uint64_t value, uint64_t unit) noexcept {
  return (value + unit - 1) / unit * unit;
}

sdk::Error too_large(uint64_t most) {
  return sdk::Error(BERTH_NO_SPACE, "the object is larger than the service's largest, " +
                                        std::to_string(most) + " bytes");
}

}  // namespace

PartPlan::PartPlan(uint64_t chunk, const PartLimits& limits) : chunk_(chunk), limits_(limits) {
  if (chunk_ == 0 || chunk_ > limits_.max_part)
    throw sdk::Error(BERTH_INVALID_PARAMETERS, "chunksize must be between 1 and " +
                                                   std::to_string(limits_.max_part) + " bytes");
  if (chunk_ >= limits_.max_object / limits_.max_parts + 1) return;
  uint32_t low = 1;  // the slowest growth that still reaches the largest object
  uint32_t high = limits_.max_parts;
  const auto wanted = static_cast<double>(limits_.max_object);
  if (reach(low) < wanted)
    throw sdk::Error(BERTH_INVALID_PARAMETERS,
                     "with a chunksize of " + std::to_string(chunk_) + " bytes, " +
                         std::to_string(limits_.max_parts) +
                         " parts cannot hold the service's largest object of " +
                         std::to_string(limits_.max_object) + " bytes; make chunksize larger");
  while (low < high) {
    const uint32_t middle = low + (high - low + 1) / 2;
    if (reach(middle) >= wanted)
      low = middle;
    else
      high = middle - 1;
  }
  divisor_ = low;
}

uint64_t PartPlan::grown(uint32_t number, uint64_t written, uint32_t divisor) const noexcept {
  if (divisor == 0 || number <= limits_.max_parts / 2) return chunk_;
  return std::clamp(round_up(written / divisor, chunk_), chunk_, limits_.max_part);
}

// In closed form, because a store is opened more often than it gets so large an object: the sum
// grows by 1 / divisor with each part until a part is the largest. Rounding up, left out here, only
// adds.
double PartPlan::reach(uint32_t divisor) const noexcept {
  const uint32_t constant = limits_.max_parts / 2;
  const double rest = limits_.max_parts - constant;
  const double first = static_cast<double>(chunk_) * constant;
  const double growth = std::log1p(1.0 / divisor);
  const auto largest = static_cast<double>(limits_.max_part);
  const double steps = std::ceil(std::log(largest * divisor / first) / growth);
  const double growing = std::clamp(steps, 0.0, rest);
  return first * std::exp(growing * growth) + (rest - growing) * largest;
}

PartPlan PartPlan::for_size(uint64_t size) const {
  if (size > limits_.max_object) throw too_large(limits_.max_object);
  const uint64_t needed = (size + limits_.max_parts - 1) / limits_.max_parts;
  if (needed <= chunk_) return *this;
  return PartPlan(std::min(round_up(needed, mebibyte), limits_.max_part), limits_);
}

PartPlan PartPlan::for_writer(const sdk::WriteOptions& options) const {
  return options.size_hint && !options.append ? for_size(*options.size_hint) : *this;
}

uint64_t PartPlan::size(uint32_t number, uint64_t written) const {
  if (number > limits_.max_parts || written >= limits_.max_object)
    throw too_large(limits_.max_object);
  return grown(number, written, divisor_);
}

}  // namespace berth::common
