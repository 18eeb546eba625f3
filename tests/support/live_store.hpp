// SPDX-License-Identifier: Apache-2.0
//
// A driver on a real service for the tests of the suite `server`, with a root of its own that is
// emptied at the end. `Defaults` names the driver class, the default parameters, and the parameter
// of the root if it is not `rootdirectory`.
#pragma once

#include <doctest/doctest.h>

#include <exception>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>

#include "common/crypto.hpp"
#include "support/driver_calls.hpp"
#include "support/variable.hpp"

namespace berth::test {

using Given = std::map<std::string, std::string>;

inline std::string own_root() {
  return "t-" + common::hex(common::random_bytes(6));
}

template <class Defaults>
class LiveStoreOf {
 public:
  using Driver = typename Defaults::Driver;

  explicit LiveStoreOf(Given given = {}) : given_(std::move(given)) {
    Driver::init();
    given_.merge(Defaults::parameters());
    given_.emplace(root_parameter(), own_root());
    driver_ = open_driver<Driver>(given_);
  }
  // An error here is reported, but does not replace the exception that ended the test.
  ~LiveStoreOf() {
    try {
      empty();
    } catch (const std::exception& error) {
      FAIL_CHECK("cannot empty the store after the test: " << error.what());
    }
  }
  LiveStoreOf(const LiveStoreOf&) = delete;
  LiveStoreOf& operator=(const LiveStoreOf&) = delete;

  Driver& operator*() const { return *driver_; }
  Driver* operator->() const { return driver_.get(); }
  const std::string& root() const { return given_.at(root_parameter()); }

  // A second store of the same root, as another process would open it, or with other parameters.
  std::unique_ptr<Driver> again(const Given& changes = {}) const {
    Given given = given_;
    for (const auto& [key, value] : changes) given[key] = value;
    return open_driver<Driver>(given);
  }

 private:
  void empty() {
    for (std::string name : list(*driver_, "/")) {
      if (name.back() == '/') name.pop_back();
      remove(*driver_, name);
    }
  }

  static constexpr const char* root_parameter() {
    if constexpr (requires { Defaults::root_parameter; })
      return Defaults::root_parameter;
    else
      return "rootdirectory";
  }

  Given given_;
  std::unique_ptr<Driver> driver_;
};

inline std::string noise(size_t size, unsigned seed = 1) {
  std::mt19937_64 random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

}  // namespace berth::test
