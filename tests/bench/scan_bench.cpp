// SPDX-License-Identifier: Apache-2.0
//
// The time of a scan of 64 plugins of different names. Prints one JSON object. Fails if a scan
// takes more than 3 ms, which users would notice at the start of a command.
//
//   scan_bench [FILE.so]      the plugin to copy; default: the well-behaved fake
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "core/discovery/plugin_bytes.hpp"
#include "discovery/scan.hpp"
#include "support/temp_dir.hpp"

namespace {

constexpr int plugins = 64;
constexpr int rounds = 101;
constexpr double budget_ms = 3;

void add_plugin(const std::filesystem::path& folder, const std::string& bytes, int number) {
  const auto path = folder / ("plugin" + std::to_string(100 + number) + ".so");
  std::string copy = bytes;
  const std::string name = "g" + std::to_string(100 + number);
  for (std::size_t at = 0; (at = copy.find("berth_driver_v1_good", at)) != std::string::npos; ++at)
    copy.replace(at + 16, 4, name);
  berth::test::write_file(path, copy);
}

double scan_ms(const berth::PluginSearch& search) {
  const auto begin = std::chrono::steady_clock::now();
  const auto rows = berth::discovery::scan(search);
  const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - begin;
  if (rows.size() != plugins) throw std::runtime_error("the scan did not find all plugins");
  return time.count();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string bytes =
      argc > 1 ? berth::test::read_file(argv[1]) : berth::test::fake_bytes("linked_stripped");
  const berth::test::TempDir folder;
  for (int i = 0; i < plugins; ++i) add_plugin(folder.path(), bytes, i);
  berth::PluginSearch search;
  search.directories = {folder.path()};
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) times.push_back(scan_ms(search));
  std::sort(times.begin(), times.end());
  const double median = times[rounds / 2];
  std::printf(
      "{\"benchmark\": \"scan\", \"plugins\": %d, \"bytes_each\": %zu, \"rounds\": %d, "
      "\"best_ms\": %.3f, \"median_ms\": %.3f, \"worst_ms\": %.3f, \"budget_ms\": %.0f}\n",
      plugins, bytes.size(), rounds, times.front(), median, times.back(), budget_ms);
  return median <= budget_ms ? 0 : 1;
}
