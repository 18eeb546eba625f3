// SPDX-License-Identifier: Apache-2.0
//
// The error for a number that librados returned: status, retry verdict and text.
#pragma once

#include <string>
#include <string_view>

#include <berth/driver.hpp>

#include "settings.hpp"

namespace berth::rados {

// `what` is what failed, such as "cannot read". `code` is negative, as librados returns it.
sdk::Error librados_error(const Settings& settings, int code, const std::string& what,
                          std::string_view object);

}  // namespace berth::rados
