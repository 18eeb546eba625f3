// SPDX-License-Identifier: Apache-2.0
//
// What the tests on real services begin with: where they are, and plain requests to them.
#pragma once

#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>

#include "common/http/http.hpp"
#include "driver.hpp"
#include "support/driver_calls.hpp"
#include "support/live_store.hpp"
#include "support/plain_request.hpp"

namespace berth::test {

inline std::string environment(const char* name, const char* script) {
  const char* value = std::getenv(name);
  if (!value)
    throw std::runtime_error(std::string(name) + " is not set; start a service with " + script +
                             " start");
  return value;
}

struct RealService {
  using Driver = swift::SwiftDriver;
  static constexpr const char* root_parameter = "prefix";
  static Given parameters() { return {{"chunksize", "1048576"}, {"proxy", "none"}}; }
};
using RealStore = LiveStoreOf<RealService>;

// A container below the driver, to get at its token.
inline std::unique_ptr<swift::Container> container(Given given) {
  swift::SwiftDriver::init();
  given.merge(RealService::parameters());
  given.emplace("prefix", own_root());
  const FakeParameters parameters(swift::parameter_rows, given);
  return std::make_unique<swift::Container>(parameters.parameters(), FakeCall());
}

}  // namespace berth::test
