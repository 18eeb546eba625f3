// SPDX-License-Identifier: Apache-2.0
//
// The command from its arguments to its exit code.
#pragma once

namespace berth::cli {

// Never throws: what nothing else has reported ends in a message and exit code 1.
int run(int argc, char** argv) noexcept;

}  // namespace berth::cli
