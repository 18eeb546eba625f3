// SPDX-License-Identifier: Apache-2.0
//
// The lines of Driver::place() for a store that keeps its objects as keys of a container. Two
// stores that write to the same container have to get the same lines, however their parameters
// spell the host.
#ifndef BERTH_COMMON_PLACE_HPP
#define BERTH_COMMON_PLACE_HPP

#include <string>
#include <string_view>

#include "common/http/url.hpp"

namespace berth::common {

// "host:port/path" in one spelling: without the dot that may end a host name, with the default port
// of the scheme, and 127.0.0.1 for localhost. The scheme is left out: the port implies it.
[[nodiscard]] std::string host_identity(const http::Url& service);

// One line for the container, then one for each component of the prefix that all keys have: the
// prefix "reg/2026" gives the lines of CONTAINER, CONTAINER/reg and CONTAINER/reg/2026.
[[nodiscard]] std::string place_lines(const std::string& container, std::string_view prefix);

}  // namespace berth::common

#endif  // BERTH_COMMON_PLACE_HPP
