// SPDX-License-Identifier: Apache-2.0
//
// read_ranges of the object stores: one ranged GET for each request of the plan, several at once in
// the store's engine, each answer straight into the caller's memory.
#ifndef BERTH_COMMON_OBJECT_RANGES_HPP
#define BERTH_COMMON_OBJECT_RANGES_HPP

#include <berth/driver.hpp>

#include "common/http/transfers.hpp"
#include "common/object_stream.hpp"

namespace berth::common {

// See read_ranges in driver.h. All answers must show one ETag, that of read.if_match() if it is
// set; an answer without an ETag is refused where there are several requests. Throws what
// source.fail() throws, PRECONDITION_FAILED and UNAVAILABLE.
void read_ranges(const ObjectSource& source, http::Transfers& transfers, const sdk::RangeRead& read,
                 const sdk::Call& call);

}  // namespace berth::common

#endif  // BERTH_COMMON_OBJECT_RANGES_HPP
