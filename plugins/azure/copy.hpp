// SPDX-License-Identifier: Apache-2.0
//
// Copying inside the container, on the service's side: any size and type in one request, which the
// service may still be busy with when it answers.
#pragma once

#include <string>
#include <string_view>

#include "container.hpp"

namespace berth::azure {

// Returns when the copy is whole, with its size and, if the service reports it, its ETag.
// PATH_NOT_FOUND names the source. if_match: the ETag that the source must have; empty: any.
sdk::Stat copy_blob(Container& container, const std::string& source, const std::string& destination,
                    std::string_view if_match, const sdk::Call& call);

// The same, and then deletes the version that was copied.
sdk::Stat move_blob(Container& container, const std::string& source, const std::string& destination,
                    std::string_view if_match, const sdk::Call& call);

}  // namespace berth::azure
