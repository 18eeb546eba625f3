// SPDX-License-Identifier: Apache-2.0
//
// Options::plant by a shell command, which a driver's author writes with the service's own tools.
#pragma once

#include <string>

#include "conformance.hpp"

namespace berth::conformance {

// Runs command by /bin/sh for each object. "$1" is the path; the content is on standard input. Exit
// code 0: stored; 77: this service cannot store such a name; anything else fails the test. An empty
// command is an empty Plant. [any]
Plant plant_by_command(const std::string& command);

}  // namespace berth::conformance
