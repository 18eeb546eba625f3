// SPDX-License-Identifier: Apache-2.0
//
// Conditions of reads that the host checks itself.
#pragma once

#include <optional>

#include <berth/store.hpp>

#include "binding/failure.hpp"

namespace berth::binding {

// Throws unless the object that a reader reports satisfies if_match and if_none_match.
// REQUIRES: at least one of them is set.
void check_read_conditions(const CallContext& context, const ReadOptions& read,
                           const std::optional<FileInfo>& info);

}  // namespace berth::binding
