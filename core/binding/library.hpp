// SPDX-License-Identifier: Apache-2.0
//
// A plugin mapped into the process. Nothing is ever unmapped: threads, thread-local destructors and
// the libraries that a plugin needs do not survive it.
#pragma once

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string_view>

#include <berth/driver.h>

#include "discovery/scan.hpp"

namespace berth::binding {

// A plugin that could not be mapped; what() is the loader's text.
class LoadError final : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Maps the very file that was checked and returns its driver object of that name, null if there is
// none. Throws LoadError. [one: under the lifecycle lock]
const berth_driver* load_driver(const std::shared_ptr<const discovery::CheckedFile>& file,
                                std::string_view name);

}  // namespace berth::binding
