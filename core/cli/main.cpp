// SPDX-License-Identifier: Apache-2.0
//
// berth: stores behind drivers, from the command line.
#include "cli/app.hpp"

int main(int argc, char** argv) {
  return berth::cli::run(argc, argv);
}
