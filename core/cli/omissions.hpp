// SPDX-License-Identifier: Apache-2.0
//
// What a listing had to leave out: named on stderr as it comes, and an error at the end when it was
// not by intent, so that no program takes the listing for all there is.
#pragma once

#include <cstdint>

#include "cli/file_tree.hpp"

namespace berth::cli {

class Omissions {
 public:
  explicit Omissions(const FileTree& files) : files_(files) {}

  IssueSink sink();

  // Throws when something could not be reported.
  void check() const;

 private:
  const FileTree& files_;
  std::uint64_t failed_ = 0;
};

}  // namespace berth::cli
