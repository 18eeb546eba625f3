// SPDX-License-Identifier: Apache-2.0
//
// Only the headers of Amazon and the query parameters that name a resource are signed.
#include "sigv2.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "common/crypto.hpp"
#include "common/text.hpp"
#include "common/uri.hpp"

namespace berth::s3 {
namespace {

// The query parameters that name a resource. They are signed, others are not.
constexpr std::array<std::string_view, 26> sub_resources = {"acl",
                                                            "cors",
                                                            "delete",
                                                            "lifecycle",
                                                            "location",
                                                            "logging",
                                                            "notification",
                                                            "partNumber",
                                                            "policy",
                                                            "replication",
                                                            "requestPayment",
                                                            "response-cache-control",
                                                            "response-content-disposition",
                                                            "response-content-encoding",
                                                            "response-content-language",
                                                            "response-content-type",
                                                            "response-expires",
                                                            "restore",
                                                            "tagging",
                                                            "torrent",
                                                            "uploadId",
                                                            "uploads",
                                                            "versionId",
                                                            "versioning",
                                                            "versions",
                                                            "website"};

bool is_sub_resource(std::string_view name) {
  return std::find(sub_resources.begin(), sub_resources.end(), name) != sub_resources.end();
}

// "?partNumber=1&uploadId=x", decoded and in order; empty values have no equals sign.
std::string canonical_sub_resources(std::string_view query) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : common::query_pairs(query)) {
    if (!is_sub_resource(name)) continue;
    std::string part(name);
    if (!value.empty()) part += '=' + common::percent_decode(value);
    parts.push_back(std::move(part));
  }
  std::sort(parts.begin(), parts.end());
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? '?' : '&') + part;
  return text;
}

std::string canonical_amz_headers(const http::Headers& headers) {
  std::map<std::string, std::string> sorted;
  for (const http::Header& header : headers) {
    const std::string name = common::lower_case(header.name);
    if (name.compare(0, 6, "x-amz-") != 0) continue;
    const auto [at, is_new] = sorted.emplace(name, header.value);
    if (!is_new) at->second += ',' + header.value;
  }
  std::string text;
  for (const auto& [name, value] : sorted) text += name + ':' + value + '\n';
  return text;
}

std::string signature(const http::Request& request, const Credentials& credentials,
                      std::string_view virtual_bucket, std::string_view date) {
  std::string text = request.method + '\n';
  for (const std::string_view name : {"Content-MD5", "Content-Type"})
    text.append(request.headers.get(name)).append("\n");
  text.append(date).append("\n").append(canonical_amz_headers(request.headers));
  if (!virtual_bucket.empty()) text.append("/").append(virtual_bucket);
  text += request.url.path + canonical_sub_resources(request.url.query);
  return common::base64(common::hmac_sha1(credentials.secret_key, text));
}

}  // namespace

void sign_v2(http::Request& request, const Credentials& credentials,
             std::string_view virtual_bucket, common::Time now) {
  const std::string date = common::http_date(now);
  request.headers.set("Date", date);
  if (!credentials.session_token.empty())
    request.headers.set("X-Amz-Security-Token", credentials.session_token);
  request.headers.set("Authorization", "AWS " + credentials.access_key + ':' +
                                           signature(request, credentials, virtual_bucket, date));
}

void presign_v2(http::Request& request, const Credentials& credentials,
                std::string_view virtual_bucket, std::chrono::seconds expires, common::Time now) {
  const auto end = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
  const std::string date = std::to_string((end + expires).count());
  http::Request signed_form = request;  // a token in the query is signed as the header
  common::Query query{{"AWSAccessKeyId", credentials.access_key}, {"Expires", date}};
  if (!credentials.session_token.empty()) {
    signed_form.headers.set("X-Amz-Security-Token", credentials.session_token);
    query.emplace_back("x-amz-security-token", credentials.session_token);
  }
  query.emplace_back("Signature", signature(signed_form, credentials, virtual_bucket, date));
  std::string& text = request.url.query;
  text += (text.empty() ? "" : "&") + common::encode_query(query);
}

}  // namespace berth::s3
