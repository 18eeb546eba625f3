// SPDX-License-Identifier: Apache-2.0
//
// By the driver's name: the ETags of other services are versions, whatever they look like.
#include "cli/etag_md5.hpp"

#include <algorithm>
#include <array>

namespace berth::cli {
namespace {

constexpr std::size_t md5_digits = 32;

// What listings report for a large object of Swift, and some emulators for every object.
constexpr std::string_view md5_of_nothing = "d41d8cd98f00b204e9800998ecf8427e";

bool has_md5_etags(std::string_view driver) {
  constexpr std::array<std::string_view, 4> drivers{"s3", "s3aws", "oss", "swift"};
  return std::find(drivers.begin(), drivers.end(), driver) != drivers.end();
}

std::string_view without_quotes(std::string_view text) {
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return quoted ? text.substr(1, text.size() - 2) : text;
}

char in_lower_case(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_lower_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

}  // namespace

std::string md5_of_etag(std::string_view driver, std::string_view etag, std::uint64_t size) {
  if (!has_md5_etags(driver)) return {};
  std::string md5(without_quotes(etag));
  std::transform(md5.begin(), md5.end(), md5.begin(), in_lower_case);
  if (md5.size() != md5_digits || !std::all_of(md5.begin(), md5.end(), is_lower_hex)) return {};
  return size > 0 && md5 == md5_of_nothing ? std::string() : md5;
}

}  // namespace berth::cli
