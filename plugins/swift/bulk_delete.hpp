// SPDX-License-Identifier: Apache-2.0
//
// Deleting a group of objects by one request. The service deletes one after the other and asks who
// we are for each, so any part of the group may fail: what is left is sent again.
#pragma once

#include <berth/driver.hpp>
#include <vector>

#include "documents.hpp"

namespace berth::swift {

class Container;

// At most as many as the service takes at once. Those that are gone already count as deleted; what
// could not be deleted is an error that names it. Returns the objects of which the service does not
// confirm that they are gone, to be deleted one by one: all of them when it has no bulk delete.
[[nodiscard]] std::vector<Segment> bulk_delete(Container& container, std::vector<Segment> group,
                                               const sdk::Call& call);

// What is left of the group. All of it when the service does not account for every object.
[[nodiscard]] std::vector<Segment> rest_of(std::vector<Segment> group, const BulkResult& result);

}  // namespace berth::swift
