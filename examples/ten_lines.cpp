// SPDX-License-Identifier: Apache-2.0
//
// The ten lines of the README, as they stand there; the tests compare the two.
#include <cstdio>

#include <nlohmann/json.hpp>

#include <berth/berth.hpp>

int main() {
  auto store = berth::factory::create("filesystem", {{"rootdirectory", "/tmp/berth-archive"}});
  store.put_content("/reports/2026/november.txt", "all well");

  berth::Writer writer = store.writer("/reports/2026/year.txt");
  for (const std::string& path : store.list("/reports/2026")) writer.write(path + "\n");
  writer.commit();  // appears whole, or not at all

  std::puts(store.get_content("/reports/2026/year.txt").c_str());
}
