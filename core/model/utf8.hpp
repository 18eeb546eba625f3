// SPDX-License-Identifier: Apache-2.0
//
// Checks of text that comes from outside: UTF-8, and characters that a terminal or a log cannot
// show.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace berth::model {

// Bytes of the UTF-8 character that starts the text; 0: not valid there. REQUIRES: not empty.
std::size_t utf8_length(std::string_view text) noexcept;

// Whether the text starts with a control character of C0 or C1, or with DEL. REQUIRES: not empty,
// and utf8_length() is not 0.
bool is_control(std::string_view text) noexcept;

// Whether all of the text is valid UTF-8 without control characters.
bool is_plain_text(std::string_view text) noexcept;

// Whether all of the text is ASCII from "!" to "~".
bool is_visible_ascii(std::string_view text) noexcept;

// The text as one line of UTF-8: control characters become blanks, invalid bytes become "?".
std::string one_line(std::string_view text);

}  // namespace berth::model
