// SPDX-License-Identifier: Apache-2.0
//
// The parameters of a store, checked and normalised.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <berth/driver.hpp>

namespace berth::rados {

struct Settings {
  std::string pool;
  std::string user;  // without "client."; empty: librados' default
  std::string cluster;
  std::string config_file;
  std::string keyring;
  std::string monitors;
  std::string name_space;
  std::string root;  // "/", or a path without a trailing slash
  std::uint64_t chunk_size = 0;
  std::chrono::milliseconds mount_timeout{0};
  std::chrono::milliseconds mon_timeout{0};
  std::chrono::milliseconds osd_timeout{0};

  std::string client() const { return "client." + (user.empty() ? "admin" : user); }
};

Settings settings_of(const sdk::Parameters& parameters);

// A time-out as librados takes it: whole seconds, rounded up.
std::string in_seconds(std::chrono::milliseconds time);

}  // namespace berth::rados
