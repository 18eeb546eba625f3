// SPDX-License-Identifier: Apache-2.0
//
// A check of the order that Store::walk promises. Whoever resumes a walk after a name, or matches
// two walks by their names, would lose files in any other order.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace berth::cli {

class WalkOrder {
 public:
  // label: what the command line writes before a path, such as "archive:".
  explicit WalkOrder(std::string label) : label_(std::move(label)) {}

  // Throws CorruptError unless the entry comes after the one before.
  void check(std::string_view path, bool is_directory);

 private:
  std::string label_;
  std::string last_;  // a directory with a slash at the end
};

}  // namespace berth::cli
