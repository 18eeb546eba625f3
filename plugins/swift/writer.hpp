// SPDX-License-Identifier: Apache-2.0
//
// Opens writers that write an object by segments, also to resume an unfinished upload of another
// process or to append to a committed object.
#pragma once

#include <berth/driver.hpp>
#include <memory>
#include <string>

#include "common/part_plan.hpp"
#include "container.hpp"

namespace berth::swift {

// The segment sizes, by kind of manifest.
struct SegmentPlans {
  explicit SegmentPlans(const Container& container);
  common::PartPlan of_static, of_dynamic;
};

[[nodiscard]] std::unique_ptr<sdk::Writer> open_writer(Container& container,
                                                       const SegmentPlans& plans,
                                                       std::string object,
                                                       const sdk::WriteOptions& options,
                                                       const sdk::Call& call);

}  // namespace berth::swift
