// SPDX-License-Identifier: Apache-2.0
//
// The command from its arguments to its exit code.
#pragma once

namespace berth::cli {

int run(int argc, char** argv);

}  // namespace berth::cli
