// SPDX-License-Identifier: Apache-2.0
//
// The URLs of a store, asked for by the program `curl`: the suite links no HTTP library, and what a
// person would do with such a URL is the better test.
#pragma once

#include "conformance.hpp"

namespace berth::conformance {

// A fetch that runs the `curl` found by PATH; empty when there is none. Certificates and proxies
// are those that curl takes from its environment ($CURL_CA_BUNDLE, $https_proxy). [any]
Fetch fetch_with_curl();

}  // namespace berth::conformance
