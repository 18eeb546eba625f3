// SPDX-License-Identifier: Apache-2.0
#include "common/part_plan.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace berth::common {
namespace {

constexpr uint64_t mebibyte = uint64_t{1} << 20;

constexpr uint64_t round_up(uint64_t value, uint64_t unit) noexcept {
  return (value + unit - 1) / unit * unit;
}

}  // namespace

PartPlan::PartPlan(uint64_t chunk, const PartLimits& limits) : chunk_(chunk), limits_(limits) {
  if (chunk_ == 0 || chunk_ > limits_.max_part)
    throw sdk::Error(
        BERTH_STATUS_INVALID_PARAMETERS,
        "chunksize must be between 1 and " + std::to_string(limits_.max_part) + " bytes");
  if (chunk_ >= limits_.max_object / limits_.max_parts + 1) return;
  uint32_t low = 1;  // the slowest growth that still reaches the largest object
  uint32_t high = limits_.max_parts;
  const auto wanted = static_cast<double>(limits_.max_object);
  if (reach(low) < wanted)
    throw sdk::Error(BERTH_STATUS_INVALID_PARAMETERS,
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

sdk::Error PartPlan::too_large() const {
  const std::string most = std::to_string(limits_.max_object);
  if (limits_.of_service)
    return sdk::Error(BERTH_STATUS_NO_SPACE,
                      "the object is larger than the service's largest, " + most + " bytes");
  return sdk::Error(BERTH_STATUS_NO_SPACE,
                    "the object is larger than " + most + " bytes, the most that " +
                        std::to_string(limits_.max_parts) + " parts hold with a chunksize of " +
                        std::to_string(chunk_) + " bytes; make chunksize larger");
}

// A writer that is closed, and so each append, makes a part of what it has.
sdk::Error PartPlan::used_up(uint64_t written) const {
  return sdk::Error(BERTH_STATUS_NO_SPACE,
                    "the object has " + std::to_string(limits_.max_parts) + " parts of " +
                        std::to_string(written) +
                        " bytes together, and the service takes no more parts; written anew, with "
                        "fewer appends or a larger chunksize, it may have " +
                        std::to_string(limits_.max_object) + " bytes");
}

PartPlan PartPlan::for_size(uint64_t size) const {
  if (size > limits_.max_object) throw too_large();
  const uint64_t needed = (size + limits_.max_parts - 1) / limits_.max_parts;
  if (needed <= chunk_) return *this;
  return PartPlan(std::min(round_up(needed, mebibyte), limits_.max_part), limits_);
}

PartPlan PartPlan::for_writer(const sdk::WriteOptions& options) const {
  return options.size_hint && !options.append ? for_size(*options.size_hint) : *this;
}

uint64_t PartPlan::size(uint32_t number, uint64_t written) const {
  if (written >= limits_.max_object) throw too_large();
  if (number > limits_.max_parts) throw used_up(written);
  return grown(number, written, divisor_);
}

}  // namespace berth::common
