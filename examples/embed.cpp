// SPDX-License-Identifier: Apache-2.0
//
// A program that embeds Berth: opens a store of a config file, then waits for a driver that is not
// there yet and uses it as soon as its .so file lies in the plugin folder. quickstart.sh runs it.
//
//   embed STORES.json DRIVER
#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <thread>

#include <nlohmann/json.hpp>

#include <berth/berth.hpp>

namespace {

using namespace std::chrono_literals;

// Creates the store as soon as the driver is known; gives up after a minute.
berth::Store wait_for(const std::string& driver) {
  const auto end = std::chrono::steady_clock::now() + 60s;
  for (bool told = false;; told = true) {
    try {
      return berth::factory::create(driver, nlohmann::json::object());
    } catch (const berth::InvalidStorageDriverError& error) {
      if (std::chrono::steady_clock::now() > end) throw;
      if (!told) std::printf("embed: %s\nembed: waiting for it\n", error.what());
      std::fflush(stdout);
      std::this_thread::sleep_for(50ms);
    }
  }
}

void run(const std::string& config_file, const std::string& driver) {
  const berth::Config config = berth::Config::load(config_file);
  berth::Store archive = config.open();
  std::printf("embed: opened the store \"%s\", driver %s\n", archive.name().c_str(),
              archive.driver().c_str());

  berth::Store store = wait_for(driver);
  store.put_content("/greeting", "hello from " + driver);
  std::printf("embed: created \"%s\" by name; it says: %s\n", driver.c_str(),
              store.get_content("/greeting").c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: embed STORES.json DRIVER\n");
    return 2;
  }
  try {
    run(argv[1], argv[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "embed: %s\n", error.what());
    return 1;
  }
  return 0;
}
