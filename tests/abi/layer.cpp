// SPDX-License-Identifier: Apache-2.0
//
// A driver made with driver.hpp, compiled by compile.sh as C++17 and C++20.
#include "fakes/fake.hpp"

namespace {

class Layer final : public Fake {
 public:
  Layer(const berth::sdk::Parameters&, const berth::sdk::Call&) {}
};

}  // namespace

BERTH_DRIVER(layer, Layer);
