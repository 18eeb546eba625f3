// SPDX-License-Identifier: Apache-2.0
//
// libFuzzer target: the parser of the config file. No text crashes it, and every reported error has
// a line number within the text.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/document.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
  const auto parsed = berth::config::parse(text, "/fuzz/berth.json");
  for (const auto& problem : parsed.problems) {
    if (problem.message.empty() || problem.line < 0 || problem.line > lines) std::abort();
  }
  return 0;
}
