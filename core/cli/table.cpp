// SPDX-License-Identifier: Apache-2.0
//
// Widths are in characters; the last column is not padded.
#include "cli/table.hpp"

#include <algorithm>
#include <utility>

namespace berth::cli {
namespace {

std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

bool is_empty(const std::string& text) {
  return text.empty();
}

}  // namespace

Table::Table(std::vector<std::string> heading) : rows_{std::move(heading)} {}

void Table::row(std::vector<std::string> cells) {
  rows_.push_back(std::move(cells));
}

std::string Table::text() const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  const bool bare = std::all_of(rows_.front().begin(), rows_.front().end(), is_empty);
  std::string text;
  for (auto row = rows_.begin() + (bare ? 1 : 0); row != rows_.end(); ++row) {
    std::string line;
    for (std::size_t i = 0; i < row->size(); ++i) {
      line += (*row)[i];
      if (i + 1 < row->size()) line.append(widths[i] - width_of((*row)[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace berth::cli
