// SPDX-License-Identifier: Apache-2.0
//
// A driver that is obviously right: a map behind a mutex. Its parameter "defect" makes it wrong in
// one way, to prove that the suite notices. Two names: "reference" has every operation,
// "bare_reference" only those that a driver must have, so that the host composes the others.
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

// A name for data that no other store has.
std::string fresh_data();

// Opens a store on the data of that name; defect: one of defects(), or empty.
Store open(std::string_view driver, const std::string& data, std::string_view defect = {});

// Puts an object of any name into the data, without a driver.
void plant(const std::string& data, const std::string& path);

// Answers the URLs of the driver "reference" as a server would.
FetchReply fetch(const std::string& method, const std::string& url, const std::string& body);

}  // namespace berth::conformance::reference
