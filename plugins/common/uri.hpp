// SPDX-License-Identifier: Apache-2.0
//
// Percent-encoding, once: everything but RFC 3986's unreserved characters is escaped, with upper
// case digits, which is also the canonical form that signatures are made over.
#ifndef BERTH_COMMON_URI_HPP
#define BERTH_COMMON_URI_HPP

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::common {

[[nodiscard]] std::string percent_encode(std::string_view text);       // '/' too
[[nodiscard]] std::string percent_encode_path(std::string_view path);  // keeps '/'

// A '%' that no two hex digits follow stays as it is; '+' too: see form_decode().
[[nodiscard]] std::string percent_decode(std::string_view text);

// As percent_decode, and '+' is a space: what "encoding-type=url" lists hold.
[[nodiscard]] std::string form_decode(std::string_view text);

// Names and values, not encoded, in the order they were added.
using Query = std::vector<std::pair<std::string, std::string>>;

// "a=1&b=x%20y&uploads=", without '?'.
[[nodiscard]] std::string encode_query(const Query& query);

// The pairs of an encoded query, as they stand: names, and values that are empty without '='.
[[nodiscard]] std::vector<std::pair<std::string_view, std::string_view>> query_pairs(
    std::string_view query);

}  // namespace berth::common

#endif  // BERTH_COMMON_URI_HPP
