// SPDX-License-Identifier: Apache-2.0
//
// Ends the process while a store of a plugin with a global client is open, in the way that the
// argument says. The plugin's statics may go before or after the store; the exit code must be 0.
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include <berth/berth.hpp>

namespace {

std::optional<berth::Store> kept;  // destroyed among the statics of this program

const std::map<std::string, std::function<void()>> ends = {
    {"return", [] {}},
    {"exit", [] { std::exit(0); }},
    {"quick_exit", [] { std::quick_exit(0); }},
    {"shutdown", [] { berth::shutdown(); }},
    {"close-shutdown", [] { kept.reset(), berth::shutdown(); }},
    {"at-exit", [] { std::atexit([] { kept.reset(), berth::shutdown(); }); }},
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 || !ends.contains(argv[1])) return 2;
  berth::factory::load(std::filesystem::path(BERTH_FAKES) / "global_client.so");
  kept = berth::factory::create("global_client", nlohmann::json::object());
  if (!kept->stat("/").is_directory) return 3;
  ends.at(argv[1])();
}
