// SPDX-License-Identifier: Apache-2.0
//
// Which proxy, if any: the parameter, else the environment as curl reads it, but checked, so that
// a wrong value is a sentence that names the variable.
#ifndef BERTH_COMMON_HTTP_PROXY_HPP
#define BERTH_COMMON_HTTP_PROXY_HPP

#include <string>
#include <string_view>

namespace berth::http {

struct Proxy {
  std::string url;      // empty: none
  std::string noproxy;  // hosts that go without, as in no_proxy
  std::string origin;   // where it was written: "proxy", "https_proxy"
  std::string shown;    // host and port: without credentials, for messages

  // Throws INVALID_PARAMETERS.
  static Proxy choose(std::string_view parameter, std::string_view scheme);
};

}  // namespace berth::http

#endif  // BERTH_COMMON_HTTP_PROXY_HPP
