// SPDX-License-Identifier: Apache-2.0
//
// ASCII letters in lower case whatever the locale: for keys and words that people write in either.
#pragma once

#include <string>
#include <string_view>

namespace berth::model {

constexpr char lower_case(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = lower_case(c);
  return result;
}

}  // namespace berth::model
