// SPDX-License-Identifier: Apache-2.0
//
// Rows under a heading, columns as wide as they must be.
#pragma once

#include <string>
#include <vector>

namespace berth::cli {

class Table {
 public:
  // Empty headings everywhere: no heading line.
  explicit Table(std::vector<std::string> heading);

  void row(std::vector<std::string> cells);  // as many as the heading
  std::string text() const;                  // lines, each with its newline

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace berth::cli
