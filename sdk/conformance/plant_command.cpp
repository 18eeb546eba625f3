// SPDX-License-Identifier: Apache-2.0
//
// What the command prints is dropped unless it fails: standard output belongs to the results.
#include "plant_command.hpp"

#include "check.hpp"
#include "program.hpp"

namespace berth::conformance {
namespace {

constexpr int not_storable = 77;

bool plant(const std::string& command, const std::string& path) {
  const TemporaryFile input("planted"), output;
  const int code = run_program({"/bin/sh", "-c", command, "plant", path}, input, output);
  if (code == not_storable) return false;
  expect(code == 0, "the plant command exited with code " + std::to_string(code) + " for " +
                        shown(path) + "; it must store an object under that name, or exit with " +
                        "code 77 if the service cannot; its output: " + shown(output.content()));
  return true;
}

}  // namespace

Plant plant_by_command(const std::string& command) {
  if (command.empty()) return {};
  return [command](const std::string& path) { return plant(command, path); };
}

}  // namespace berth::conformance
