// SPDX-License-Identifier: Apache-2.0
//
// A driver on a real service, below a root of its own that is emptied at the end: what a test of
// the server suite begins with. `Defaults` names the driver and the parameters that a test need not
// give.
#pragma once

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

template <class Defaults>
class LiveStoreOf {
 public:
  using Driver = typename Defaults::Driver;

  explicit LiveStoreOf(Given given = {}) : given_(std::move(given)) {
    Driver::init();
    given_.merge(Defaults::parameters());
    given_.emplace("rootdirectory", "t-" + common::hex(common::random_bytes(6)));
    driver_ = open_driver<Driver>(given_);
  }
  ~LiveStoreOf() {
    for (std::string name : list(*driver_, "/")) {
      if (name.back() == '/') name.pop_back();
      remove(*driver_, name);
    }
  }
  LiveStoreOf(const LiveStoreOf&) = delete;
  LiveStoreOf& operator=(const LiveStoreOf&) = delete;

  Driver& operator*() const { return *driver_; }
  Driver* operator->() const { return driver_.get(); }
  const std::string& root() const { return given_.at("rootdirectory"); }

  // The same place for another process, or with other parameters.
  std::unique_ptr<Driver> again(const Given& changes = {}) const {
    Given given = given_;
    for (const auto& [key, value] : changes) given[key] = value;
    return open_driver<Driver>(given);
  }

 private:
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
