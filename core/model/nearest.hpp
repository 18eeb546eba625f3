// SPDX-License-Identifier: Apache-2.0
//
// "Did you mean": the known name that a mistyped one is nearest to.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace berth::model {

// Insertions, removals, replacements and swaps of neighbours that turn a into b, without case.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The nearest of known, or empty when none is near enough to be meant.
std::string nearest_name(std::string_view name, std::span<const std::string> known);

// " (did you mean \"region\"?)" or empty.
std::string did_you_mean(std::string_view name, std::span<const std::string> known);

}  // namespace berth::model
