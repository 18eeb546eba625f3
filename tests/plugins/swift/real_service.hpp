// SPDX-License-Identifier: Apache-2.0
//
// What the tests on real services begin with: where they are, and plain requests to them.
#ifndef BERTH_TESTS_SWIFT_REAL_SERVICE_HPP
#define BERTH_TESTS_SWIFT_REAL_SERVICE_HPP

#include <chrono>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>

#include "common/crypto.hpp"
#include "common/http.hpp"
#include "support/driver_calls.hpp"
#include "support/live_store.hpp"
#include "support/plain_request.hpp"
#include "swift_driver.hpp"

namespace berth::test {

inline std::string environment(const char* name, const char* script) {
  const char* value = std::getenv(name);
  if (!value)
    throw std::runtime_error(std::string(name) + " is not set; start a service with " + script +
                             " start");
  return value;
}

inline std::string own_prefix() {
  return "t-" + common::hex(common::random_bytes(6));
}

inline void complete(Given& given) {
  given.emplace("prefix", own_prefix());
  given.emplace("chunksize", "1048576");
  given.emplace("proxy", "none");
}

// A container below the driver, to get at its token.
inline std::unique_ptr<swift::Container> container(Given given) {
  swift::SwiftDriver::init();
  complete(given);
  const FakeParameters parameters(swift::parameter_rows, given);
  return std::make_unique<swift::Container>(parameters.parameters(), FakeCall());
}

// A store below a fresh prefix, emptied at the end.
class RealStore {
 public:
  explicit RealStore(Given given) {
    swift::SwiftDriver::init();
    complete(given);
    driver_ = open_driver<swift::SwiftDriver>(given);
  }
  ~RealStore() {
    for (std::string name : list(*driver_, "/")) {
      if (name.back() == '/') name.pop_back();
      remove(*driver_, name);
    }
  }
  RealStore(const RealStore&) = delete;
  RealStore& operator=(const RealStore&) = delete;

  swift::SwiftDriver& operator*() const { return *driver_; }
  swift::SwiftDriver* operator->() const { return driver_.get(); }

 private:
  std::unique_ptr<swift::SwiftDriver> driver_;
};

}  // namespace berth::test

#endif  // BERTH_TESTS_SWIFT_REAL_SERVICE_HPP
