// SPDX-License-Identifier: Apache-2.0
//
// Verbs that take several places do them one after the other.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/place.hpp"
#include "cli/session.hpp"

namespace berth::cli {

// A failure of one place is reported and the next is done; the exit code is then "some failed".
// The failure of the only place is thrown. So is everything after the command was asked to stop.
int for_each_place(Session& session, const std::vector<std::string>& places,
                   const std::function<void(const Place&)>& action);

}  // namespace berth::cli
