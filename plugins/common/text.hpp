// SPDX-License-Identifier: Apache-2.0
//
// What the services' texts need done to them: ASCII only, no locale.
#ifndef BERTH_COMMON_TEXT_HPP
#define BERTH_COMMON_TEXT_HPP

#include <string>
#include <string_view>

namespace berth::common {

[[nodiscard]] std::string lower_case(std::string_view text);

// Without blanks and line ends at both ends; and the part before the first line end.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;
[[nodiscard]] std::string_view first_line(std::string_view text) noexcept;

}  // namespace berth::common

#endif  // BERTH_COMMON_TEXT_HPP
