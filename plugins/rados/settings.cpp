// SPDX-License-Identifier: Apache-2.0
//
// Reads the parameters of a store.
#include "settings.hpp"

#include <algorithm>
#include <string_view>

#include "layout.hpp"

namespace berth::rados {
namespace {

std::string normalised_root(std::string_view root) {
  std::string path = "/";
  for (std::size_t begin = 0; begin < root.size();) {
    const std::size_t end = std::min(root.find('/', begin), root.size());
    const std::string_view part = root.substr(begin, end - begin);
    if (part == "." || part == "..")
      throw sdk::Error(BERTH_STATUS_INVALID_PARAMETERS, "rootdirectory must not contain . or ..");
    if (!part.empty()) path = join(path, part);
    begin = end + 1;
  }
  return path;
}

}  // namespace

Settings settings_of(const sdk::Parameters& parameters) {
  Settings settings;
  settings.pool = parameters.string("poolname");
  settings.user = parameters.string("username");
  settings.cluster = parameters.string("clustername");
  settings.config_file = parameters.string("configfile");
  settings.keyring = parameters.string("keyring");
  settings.monitors = parameters.string("monhost");
  settings.name_space = parameters.string("namespace");
  settings.root = normalised_root(parameters.string("rootdirectory"));
  settings.chunk_size = parameters.bytes("chunksize");
  settings.mount_timeout = parameters.millis("mounttimeout");
  settings.mon_timeout = parameters.millis("montimeout");
  settings.osd_timeout = parameters.millis("osdtimeout");
  if (settings.user.starts_with("client.")) settings.user.erase(0, 7);
  return settings;
}

std::string in_seconds(std::chrono::milliseconds time) {
  return std::to_string((time.count() + 999) / 1000);
}

}  // namespace berth::rados
