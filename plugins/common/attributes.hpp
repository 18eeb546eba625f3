// SPDX-License-Identifier: Apache-2.0
//
// Attributes of objects as HTTP headers. A value of user metadata that a header cannot carry
// unchanged (empty, not ASCII, blanks at its ends or two in a row) is sent as an encoded word of
// RFC 2047, as the AWS clients read and write it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <berth/driver.hpp>

#include "common/http/http.hpp"

namespace berth::common {

// The header of one of the five standard attributes, "Cache-Control" of "cache-control"; empty:
// the name is one of user metadata.
[[nodiscard]] std::string_view standard_header(std::string_view attribute) noexcept;

[[nodiscard]] std::string encode_metadata(std::string_view value);
// A value that is no encoded word is returned unchanged.
[[nodiscard]] std::string decode_metadata(std::string_view value);

// The attributes in the headers of an answer: the standard ones but the content-type that objects
// have by default, and the headers that begin with `prefix` but not with `prefix` and "berth-".
[[nodiscard]] std::vector<sdk::Attribute> attributes_in(const http::Headers& headers,
                                                        std::string_view prefix);

}  // namespace berth::common
