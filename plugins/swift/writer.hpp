// SPDX-License-Identifier: Apache-2.0
//
// Writing an object by segments, and going on with what another process left: an unfinished upload,
// or a committed object.
#pragma once

#include <berth/driver.hpp>
#include <memory>
#include <string>

#include "common/part_plan.hpp"
#include "container.hpp"

namespace berth::swift {

// How large segments are, by the kind of manifest.
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
