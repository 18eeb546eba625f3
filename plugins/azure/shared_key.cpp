// SPDX-License-Identifier: Apache-2.0
#include "shared_key.hpp"

#include <array>
#include <map>

#include "common/crypto.hpp"
#include "common/text.hpp"
#include "common/uri.hpp"

namespace berth::azure {
namespace {

// In the order of the signature; Content-Length is between the second and the third.
constexpr std::array signed_headers{"Content-Encoding", "Content-Language"};
constexpr std::array more_signed_headers{"Content-MD5",         "Content-Type", "Date",
                                         "If-Modified-Since",   "If-Match",     "If-None-Match",
                                         "If-Unmodified-Since", "Range"};

std::string canonical_headers(const http::Headers& headers) {
  std::map<std::string, std::string> sorted;
  for (const http::Header& header : headers) {
    const std::string name = common::lower_case(header.name);
    if (name.compare(0, 5, "x-ms-") == 0) sorted[name] = header.value;
  }
  std::string text;
  for (const auto& [name, value] : sorted) text += name + ':' + value + '\n';
  return text;
}

std::string canonical_resource(const http::Url& url, std::string_view account) {
  std::map<std::string, std::string> sorted;
  for (const auto& [name, value] : common::query_pairs(url.query))
    sorted[common::lower_case(common::percent_decode(name))] = common::percent_decode(value);
  std::string text = '/' + std::string(account) + url.path;
  for (const auto& [name, value] : sorted) text += '\n' + name + ':' + value;
  return text;
}

}  // namespace

std::string string_to_sign(const http::Request& request, std::string_view account) {
  const uint64_t size = request.body.size();
  std::string text = request.method + '\n';
  for (const char* name : signed_headers) text += std::string(request.headers.get(name)) + '\n';
  text += (size == 0 ? "" : std::to_string(size)) + '\n';
  for (const char* name : more_signed_headers)
    text += std::string(request.headers.get(name)) + '\n';
  return text + canonical_headers(request.headers) + canonical_resource(request.url, account);
}

std::string shared_key_authorization(const http::Request& request, std::string_view account,
                                     std::string_view key) {
  const std::string signature = common::hmac_sha256(key, string_to_sign(request, account));
  return "SharedKey " + std::string(account) + ':' + common::base64(signature);
}

}  // namespace berth::azure
