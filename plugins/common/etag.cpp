// SPDX-License-Identifier: Apache-2.0
#include "common/etag.hpp"

#include "common/crypto.hpp"
#include "common/text.hpp"

namespace berth::common {
namespace {

std::string from_hex(const std::string& text) {
  std::string bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2)
    bytes += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  return bytes;
}

bool is_md5(const std::string& text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

std::string bare_etag(std::string_view etag) {
  std::string text;
  for (const char c : etag)
    if (c != '"') text += c;
  return lower_case(text);
}

std::string joined_etag(const std::vector<std::string>& parts) {
  std::string digests;
  for (const std::string& part : parts) {
    const std::string etag = bare_etag(part);
    if (!is_md5(etag)) return {};
    digests += from_hex(etag);
  }
  return hex(md5(digests)) + '-' + std::to_string(parts.size());
}

}  // namespace berth::common
