// SPDX-License-Identifier: Apache-2.0
//
// The same in C++: an empty store. A fake derives from it and overrides what it gets wrong.
#pragma once

#include <berth/driver.hpp>

#include <memory>
#include <string_view>

// Not in an anonymous namespace: the C++ layer is hidden, so that each plugin has its own.
class __attribute__((visibility("hidden"))) Fake : public berth::sdk::Driver {
 public:
  static constexpr berth::sdk::Info info{"1.0", "tests", "A fake driver"};
  static constexpr std::array<berth::sdk::Param, 0> parameters{};

  berth::sdk::Capabilities capabilities() const noexcept override { return {}; }
  void put(std::string_view, std::string_view, const berth::sdk::WriteOptions&,
           const berth::sdk::Call&) override {
    throw berth::sdk::Error(BERTH_STATUS_NO_SPACE, "the fake keeps nothing");
  }
  berth::sdk::Stat stat(std::string_view path, const berth::sdk::Call&) override {
    if (path != "/") throw berth::sdk::path_not_found();
    return {true, 0, {}, {}};
  }
  void list(std::string_view path, const berth::sdk::ListOptions&, const berth::sdk::Sink&,
            const berth::sdk::Call&) override {
    if (path != "/") throw berth::sdk::path_not_found();
  }
  void move(std::string_view, std::string_view, const berth::sdk::CopyOptions&,
            const berth::sdk::Call&) override {
    throw berth::sdk::path_not_found();
  }
  void remove(std::string_view, const berth::sdk::RemoveOptions&,
              const berth::sdk::Call&) override {
    throw berth::sdk::path_not_found();
  }
  std::unique_ptr<berth::sdk::Reader> reader(std::string_view, const berth::sdk::ReadOptions&,
                                             const berth::sdk::Call&) override {
    throw berth::sdk::path_not_found();
  }
  std::unique_ptr<berth::sdk::Writer> writer(std::string_view, const berth::sdk::WriteOptions&,
                                             const berth::sdk::Call&) override {
    throw berth::sdk::path_not_found();
  }
};
