// SPDX-License-Identifier: Apache-2.0
//
// The three steps of the specification: canonical request, string to sign, signature.
#include "sigv4.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "common/crypto.hpp"
#include "common/text.hpp"
#include "common/uri.hpp"

namespace berth::s3 {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

// Without leading and trailing white space, and with single spaces inside.
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
class CanonicalHeaders {
 public:
  explicit CanonicalHeaders(const http::Request& request) {
    headers_.emplace("host", request.url.host_header());
    for (const http::Header& header : request.headers) {
      std::string value = collapse(header.value);
      const auto [at, is_new] = headers_.emplace(common::lower_case(header.name), value);
      if (!is_new && at->first != "host") at->second += ',' + value;
    }
  }

  std::string lines() const {  // "host:example.com\n..."
    std::string text;
    for (const auto& [name, value] : headers_) text.append(name).append(":").append(value) += '\n';
    return text;
  }

  std::string names() const {  // "host;x-amz-date"
    std::string text;
    for (const auto& [name, value] : headers_) text.append(text.empty() ? "" : ";").append(name);
    return text;
  }

 private:
  std::map<std::string, std::string> headers_;
};

// The pairs of the encoded query in order of name, then of value.
std::string canonical_query(std::string_view query) {
  auto pairs = common::query_pairs(query);
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

std::string canonical_text(const http::Request& request, const CanonicalHeaders& headers,
                           std::string_view payload_hash) {
  return request.method + '\n' + request.url.path + '\n' + canonical_query(request.url.query) +
         '\n' + headers.lines() + '\n' + headers.names() + '\n' + std::string(payload_hash);
}

}  // namespace

std::string canonical_request(const http::Request& request, std::string_view payload_hash) {
  return canonical_text(request, CanonicalHeaders(request), payload_hash);
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
  const CanonicalHeaders headers(request);
  const std::string canonical = canonical_text(request, headers, payload_hash);
  const std::string mark =
      signature(credentials, scope, now, string_to_sign(canonical, scope, now));
  request.headers.set("Authorization",
                      std::string(algorithm) + " Credential=" + credentials.access_key + '/' +
                          scope_text(scope, now) + ", SignedHeaders=" + headers.names() +
                          ", Signature=" + mark);
}

void presign_v4(http::Request& request, const Credentials& credentials, const Scope& scope,
                std::string_view payload_hash, std::chrono::seconds expires, Time now) {
  const CanonicalHeaders headers(request);
  common::Query query{{"X-Amz-Algorithm", std::string(algorithm)},
                      {"X-Amz-Credential", credentials.access_key + '/' + scope_text(scope, now)},
                      {"X-Amz-Date", common::iso_basic_date(now)},
                      {"X-Amz-Expires", std::to_string(expires.count())},
                      {"X-Amz-SignedHeaders", headers.names()}};
  if (!credentials.session_token.empty())
    query.emplace_back("X-Amz-Security-Token", credentials.session_token);
  std::string& text = request.url.query;
  text += (text.empty() ? "" : "&") + common::encode_query(query);
  const std::string canonical = canonical_text(request, headers, payload_hash);
  text += "&X-Amz-Signature=" +
          signature(credentials, scope, now, string_to_sign(canonical, scope, now));
}

}  // namespace berth::s3
