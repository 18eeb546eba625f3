// SPDX-License-Identifier: Apache-2.0
//
// The parameters of a store, checked.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include <berth/driver.hpp>

namespace berth::filesystem {

struct Settings {
  std::string root_directory;
  bool fsync = true;
  mode_t file_mode = 0666;  // both modes apply under the process's umask
  mode_t directory_mode = 0777;
  std::uint32_t max_threads = 100;
};

Settings settings_of(const sdk::Parameters& parameters);

}  // namespace berth::filesystem
