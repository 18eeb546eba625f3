// SPDX-License-Identifier: Apache-2.0
//
// Reads small text files as a whole.
#include "credentials/files.hpp"

#include <fstream>
#include <iterator>

namespace berth::s3 {

std::optional<std::string> read_text_file(const std::string& name) {
  std::ifstream file(name, std::ios::binary);
  if (!file) return std::nullopt;
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (file.bad()) return std::nullopt;
  return text;
}

std::optional<std::string> read_token_file(const std::string& name) {
  std::optional<std::string> text = read_text_file(name);
  if (!text) return std::nullopt;
  text->erase(0, std::min(text->find_first_not_of(" \t\r\n"), text->size()));
  text->erase(text->find_last_not_of(" \t\r\n") + 1);
  return text;
}

}  // namespace berth::s3
