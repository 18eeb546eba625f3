// SPDX-License-Identifier: Apache-2.0
//
// Options::fetch by the program `curl`: the suite links no HTTP library, and users open such URLs
// with programs like it.
#pragma once

#include "conformance.hpp"

namespace berth::conformance {

// A Fetch that runs the `curl` in $PATH; empty when there is none. curl takes certificates and
// proxies from its environment ($CURL_CA_BUNDLE, $https_proxy). [any]
Fetch fetch_with_curl();

}  // namespace berth::conformance
