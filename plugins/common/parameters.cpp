// SPDX-License-Identifier: Apache-2.0
#include "common/parameters.hpp"

namespace berth::common {

http::ClientOptions client_options(const sdk::Parameters& parameters) {
  http::ClientOptions options;
  options.connect_timeout = parameters.millis("connecttimeout");
  options.stall_timeout = parameters.millis("stalltimeout");
  options.proxy = parameters.string("proxy");
  options.cafile = parameters.string("cafile");
  return options;
}

}  // namespace berth::common
