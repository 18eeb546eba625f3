// SPDX-License-Identifier: Apache-2.0
//
// The command line asks for what makes no sense; found after it was parsed.
#pragma once

#include <stdexcept>

namespace berth::cli {

class UsageError final : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace berth::cli
