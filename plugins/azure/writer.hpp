// SPDX-License-Identifier: Apache-2.0
//
// Writing a blob by blocks, and going on with what another process left: blocks that were never
// committed, a committed blob, or an append blob.
#pragma once

#include <berth/driver.hpp>
#include <memory>
#include <string>

#include "container.hpp"

namespace berth::azure {

[[nodiscard]] std::unique_ptr<sdk::Writer> open_writer(Container& container, std::string blob,
                                                       const sdk::WriteOptions& options,
                                                       const sdk::Call& call);

}  // namespace berth::azure
