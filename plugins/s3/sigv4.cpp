// SPDX-License-Identifier: Apache-2.0
#include "sigv4.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "common/crypto.hpp"
#include "common/uri.hpp"

namespace berth::s3 {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  return result;
}

// Without white space at the ends, and single spaces inside.
std::string collapse(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!blank)
      result += c;
    else if (!result.empty() && result.back() != ' ')
      result += ' ';
  }
  if (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

// Lower-case names in order, with the values of repeated headers joined by commas.
std::map<std::string, std::string> canonical_headers(const http::Request& request) {
  std::map<std::string, std::string> headers{{"host", request.url.host_header()}};
  for (const http::Header& header : request.headers) {
    const std::string value = collapse(header.value);
    const auto [at, is_new] = headers.emplace(lower(header.name), value);
    if (!is_new && at->first != "host") at->second += ',' + value;
  }
  return headers;
}

std::string signed_headers(const http::Request& request) {
  std::string names;
  for (const auto& [name, value] : canonical_headers(request))
    names += (names.empty() ? "" : ";") + name;
  return names;
}

// The pairs of the encoded query in order of name, then of value.
std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string_view, std::string_view>> pairs;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    const size_t equals = std::min(pair.find('='), pair.size());
    pairs.emplace_back(pair.substr(0, equals), pair.substr(std::min(equals + 1, pair.size())));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
  }
  std::sort(pairs.begin(), pairs.end());
  std::string text;
  for (const auto& [name, value] : pairs)
    text.append(text.empty() ? "" : "&").append(name).append("=").append(value);
  return text;
}

std::string date_of(Time now) {
  return common::iso_basic_date(now).substr(0, 8);
}

std::string scope_text(const Scope& scope, Time now) {
  return date_of(now) + '/' + scope.region + '/' + scope.service + "/aws4_request";
}

std::string signature(const Credentials& credentials, const Scope& scope, Time now,
                      std::string_view text) {
  std::string key = common::hmac_sha256("AWS4" + credentials.secret_key, date_of(now));
  for (const std::string_view part :
       {std::string_view(scope.region), std::string_view(scope.service),
        std::string_view("aws4_request")})
    key = common::hmac_sha256(key, part);
  return common::hex(common::hmac_sha256(key, text));
}

std::string sign(const http::Request& request, const Credentials& credentials, const Scope& scope,
                 std::string_view payload_hash, Time now) {
  const std::string canonical = canonical_request(request, payload_hash);
  return signature(credentials, scope, now, string_to_sign(canonical, scope, now));
}

}  // namespace

std::string canonical_request(const http::Request& request, std::string_view payload_hash) {
  std::string text =
      request.method + '\n' + request.url.path + '\n' + canonical_query(request.url.query) + '\n';
  for (const auto& [name, value] : canonical_headers(request)) text += name + ':' + value + '\n';
  return text + '\n' + signed_headers(request) + '\n' + std::string(payload_hash);
}

std::string string_to_sign(std::string_view canonical, const Scope& scope, Time now) {
  return std::string(algorithm) + '\n' + common::iso_basic_date(now) + '\n' +
         scope_text(scope, now) + '\n' + common::hex(common::sha256(canonical));
}

void sign_v4(http::Request& request, const Credentials& credentials, const Scope& scope,
             std::string_view payload_hash, Time now) {
  request.headers.set("X-Amz-Date", common::iso_basic_date(now));
  if (!credentials.session_token.empty())
    request.headers.set("X-Amz-Security-Token", credentials.session_token);
  const std::string names = signed_headers(request);
  const std::string mark = sign(request, credentials, scope, payload_hash, now);
  request.headers.set("Authorization", std::string(algorithm) + " Credential=" +
                                           credentials.access_key + '/' + scope_text(scope, now) +
                                           ", SignedHeaders=" + names + ", Signature=" + mark);
}

void presign_v4(http::Request& request, const Credentials& credentials, const Scope& scope,
                std::string_view payload_hash, std::chrono::seconds expires, Time now) {
  common::Query query{{"X-Amz-Algorithm", std::string(algorithm)},
                      {"X-Amz-Credential", credentials.access_key + '/' + scope_text(scope, now)},
                      {"X-Amz-Date", common::iso_basic_date(now)},
                      {"X-Amz-Expires", std::to_string(expires.count())},
                      {"X-Amz-SignedHeaders", signed_headers(request)}};
  if (!credentials.session_token.empty())
    query.emplace_back("X-Amz-Security-Token", credentials.session_token);
  std::string& text = request.url.query;
  text += (text.empty() ? "" : "&") + common::encode_query(query);
  text += "&X-Amz-Signature=" + sign(request, credentials, scope, payload_hash, now);
}

}  // namespace berth::s3
