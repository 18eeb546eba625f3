// SPDX-License-Identifier: Apache-2.0
//
// The tests of each theme. A theme is one file that ends with its table; suite.cpp runs all tables.
#pragma once

#include <span>
#include <string_view>

#include "context.hpp"

namespace berth::conformance {

struct Test {
  std::string_view name;   // "theme/what"
  std::string_view part;   // of driver.h, which states the rule: a function, constant or struct
  std::string_view about;  // the rule that the test checks, in one sentence
  void (*run)(Context& t);
};

std::span<const Test> basic_tests();
std::span<const Test> stream_tests();
std::span<const Test> range_tests();
std::span<const Test> writer_tests();
std::span<const Test> append_tests();
std::span<const Test> upload_tests();
std::span<const Test> list_tests();
std::span<const Test> walk_tests();
std::span<const Test> move_copy_tests();
std::span<const Test> remove_tests();
std::span<const Test> name_tests();
std::span<const Test> error_tests();
std::span<const Test> call_tests();
std::span<const Test> create_only_tests();
std::span<const Test> option_tests();
std::span<const Test> attribute_tests();
std::span<const Test> capability_tests();
std::span<const Test> url_tests();
std::span<const Test> concurrency_tests();
std::span<const Test> property_tests();

}  // namespace berth::conformance
