// SPDX-License-Identifier: Apache-2.0
//
// The first look at a driver's exported object: whether it is one, whether this host can serve it,
// and a copy of all of it in this host's own sizes.
#pragma once

#include <stdexcept>
#include <string_view>
#include <vector>

#include <berth/driver.h>

namespace berth::binding {

// Zero where the driver knows less than this host; its pointers point into the driver, for ever.
struct DriverTable {
  berth_driver driver{};  // ops and params are null: use the members below
  berth_ops ops{};
  std::vector<berth_param_spec> params;
};

// A driver that cannot be used; what() is a sentence.
class Refused final : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// name: the suffix of the symbol, or empty for a driver of this process. Throws Refused.
DriverTable accept(const berth_driver* exported, std::string_view name);

}  // namespace berth::binding
