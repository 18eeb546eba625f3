// SPDX-License-Identifier: Apache-2.0
//
// Throws from init.
#include <stdexcept>

#include "fake.hpp"

namespace {

class ThrowsInit final : public Fake {
 public:
  ThrowsInit(const berth::sdk::Parameters&, const berth::sdk::Call&) {}
  static void init() { throw std::runtime_error("the library of the service is too old"); }
};

}  // namespace

BERTH_DRIVER(throws_init, ThrowsInit);
