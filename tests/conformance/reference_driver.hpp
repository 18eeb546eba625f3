// SPDX-License-Identifier: Apache-2.0
//
// A driver that is simple enough to be correct: a map and a mutex. Its parameter "defect" adds one
// error, to prove that the suite finds it. It has two names: "reference" has all operations,
// "bare_reference" only the required ones, so that the host composes the others.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <berth/store.hpp>

#include "conformance.hpp"

namespace berth::conformance::reference {

struct Defect {
  std::string_view name;
  std::string_view caught_by;  // a test of the suite that must fail
};
std::span<const Defect> defects();

// Registers both drivers with the factory; later calls do nothing.
void register_drivers();

// A new name for data.
std::string fresh_data();

// Opens a store on the data of that name; defect: one of defects(), or empty.
Store open(std::string_view driver, const std::string& data, std::string_view defect = {});

// Stores an object of any name without the driver.
void plant(const std::string& data, const std::string& path);

// Answers requests for the URLs of the driver "reference".
FetchReply fetch(const std::string& method, const std::string& url, const std::string& body);

}  // namespace berth::conformance::reference
