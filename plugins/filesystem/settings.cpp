// SPDX-License-Identifier: Apache-2.0
//
// Reads the parameters of a store.
#include "settings.hpp"

#include <charconv>
#include <string_view>

namespace berth::filesystem {
namespace {

mode_t octal(const sdk::Parameters& parameters, std::string_view key) {
  const std::string text = parameters.string(key);
  unsigned mode = 0;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, mode, 8);
  if (problem != std::errc() || stop != end || mode > 0777)
    throw sdk::Error(
        BERTH_STATUS_INVALID_PARAMETERS,
        "parameter '" + std::string(key) + "' is '" + text + "', not an octal mode such as 0640");
  return mode;
}

}  // namespace

Settings settings_of(const sdk::Parameters& parameters) {
  Settings settings;
  settings.root_directory = parameters.string("rootdirectory");
  if (settings.root_directory.empty())
    throw sdk::Error(BERTH_STATUS_INVALID_PARAMETERS,
                     "parameter 'rootdirectory' is empty; set it to the directory of the objects");
  settings.fsync = parameters.boolean("fsync");
  settings.file_mode = octal(parameters, "filemode");
  settings.directory_mode = octal(parameters, "directorymode");
  settings.max_threads = static_cast<std::uint32_t>(parameters.integer("maxthreads"));
  return settings;
}

}  // namespace berth::filesystem
