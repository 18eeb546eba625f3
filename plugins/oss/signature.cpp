// SPDX-License-Identifier: Apache-2.0
//
// Version 1 signs selected query parameters, version 4 all of them.
#include "signature.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "common/crypto.hpp"
#include "common/text.hpp"
#include "common/uri.hpp"

namespace berth::oss {
namespace {

constexpr std::string_view algorithm = "OSS4-HMAC-SHA256";
constexpr std::string_view prefix = "x-oss-";

// The query parameters that version 1 signs, apart from those that begin with x-oss- or response-.
constexpr std::array<std::string_view, 50> sub_resources = {"acl",
                                                            "append",
                                                            "bucketInfo",
                                                            "callback",
                                                            "callback-var",
                                                            "cname",
                                                            "comp",
                                                            "continuation-token",
                                                            "cors",
                                                            "delete",
                                                            "encryption",
                                                            "endTime",
                                                            "img",
                                                            "inventory",
                                                            "inventoryId",
                                                            "lifecycle",
                                                            "live",
                                                            "location",
                                                            "logging",
                                                            "metaQuery",
                                                            "objectMeta",
                                                            "partNumber",
                                                            "policy",
                                                            "position",
                                                            "qos",
                                                            "referer",
                                                            "replication",
                                                            "replicationLocation",
                                                            "replicationProgress",
                                                            "requestPayment",
                                                            "restore",
                                                            "security-token",
                                                            "sequential",
                                                            "startTime",
                                                            "stat",
                                                            "status",
                                                            "style",
                                                            "styleName",
                                                            "symlink",
                                                            "tagging",
                                                            "transferAcceleration",
                                                            "uploadId",
                                                            "uploads",
                                                            "versionId",
                                                            "versioning",
                                                            "versions",
                                                            "vod",
                                                            "website",
                                                            "worm",
                                                            "wormId"};

bool is_sub_resource(std::string_view name) {
  return name.starts_with(prefix) || name.starts_with("response-") ||
         std::find(sub_resources.begin(), sub_resources.end(), name) != sub_resources.end();
}

std::string resource(const Subject& subject) {
  return '/' + subject.bucket + '/' + subject.key;
}

// "?partNumber=1&uploadId=x", decoded and in order of name.
std::string canonical_sub_resources(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> wanted;
  for (const auto& [name, value] : common::query_pairs(query))
    if (std::string plain = common::percent_decode(name); is_sub_resource(plain))
      wanted.emplace_back(std::move(plain), common::percent_decode(value));
  std::sort(wanted.begin(), wanted.end());
  std::string text;
  for (const auto& [name, value] : wanted) {
    text.append(text.empty() ? "?" : "&").append(name);
    if (!value.empty()) text.append("=").append(value);
  }
  return text;
}

template <class Wanted>
std::string canonical_headers(const http::Headers& headers, Wanted&& wanted) {
  std::map<std::string, std::string> sorted;
  for (const http::Header& header : headers) {
    const std::string name = common::lower_case(header.name);
    if (wanted(name)) sorted[name] = common::trimmed(header.value);
  }
  std::string text;
  for (const auto& [name, value] : sorted) text += name + ':' + value + '\n';
  return text;
}

std::string signature_v1(const Credentials& credentials, const std::string& text) {
  return common::base64(common::hmac_sha1(credentials.secret_key, text));
}

// The pairs of the encoded query in order of name; a flag has no equals sign.
std::string canonical_query(std::string_view query) {
  auto pairs = common::query_pairs(query);
  std::sort(pairs.begin(), pairs.end());
  std::string text;
  for (const auto& [name, value] : pairs) {
    text.append(text.empty() ? "" : "&").append(name);
    if (!value.empty()) text.append("=").append(value);
  }
  return text;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ";") + name;
  return text;
}

std::string day_of(Time now) {
  return common::iso_basic_date(now).substr(0, 8);
}

std::string scope_of(const Subject& subject, Time now) {
  return day_of(now) + '/' + subject.region + "/oss/aliyun_v4_request";
}

void add_to_query(http::Request& request, const common::Query& query) {
  std::string& text = request.url.query;
  text += (text.empty() ? "" : "&") + common::encode_query(query);
}

}  // namespace

std::string string_to_sign_v1(const http::Request& request, const Subject& subject,
                              std::string_view date) {
  std::string text = request.method + '\n';
  text.append(request.headers.get("Content-MD5")).append("\n");
  text.append(request.headers.get("Content-Type")).append("\n");
  text.append(date).append("\n");
  text += canonical_headers(request.headers,
                            [](const std::string& name) { return name.starts_with(prefix); });
  return text + resource(subject) + canonical_sub_resources(request.url.query);
}

void sign_v1(http::Request& request, const Credentials& credentials, const Subject& subject,
             Time now) {
  const std::string date = common::http_date(now);
  request.headers.set("Date", date);
  if (!credentials.session_token.empty())
    request.headers.set("x-oss-security-token", credentials.session_token);
  const std::string text = string_to_sign_v1(request, subject, date);
  request.headers.set("Authorization",
                      "OSS " + credentials.access_key + ':' + signature_v1(credentials, text));
}

void presign_v1(http::Request& request, const Credentials& credentials, const Subject& subject,
                std::chrono::seconds expires, Time now) {
  const auto end = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
  const std::string date = std::to_string((end + expires).count());
  if (!credentials.session_token.empty())
    add_to_query(request, {{"security-token", credentials.session_token}});
  const std::string mark = signature_v1(credentials, string_to_sign_v1(request, subject, date));
  add_to_query(
      request,
      {{"OSSAccessKeyId", credentials.access_key}, {"Expires", date}, {"Signature", mark}});
}

std::string canonical_request_v4(const http::Request& request, const Subject& subject,
                                 const std::vector<std::string>& additional) {
  const auto wanted = [&additional](const std::string& name) {
    return name == "content-type" || name == "content-md5" || name.starts_with(prefix) ||
           std::find(additional.begin(), additional.end(), name) != additional.end();
  };
  std::string text = request.method + '\n' + common::percent_encode_path(resource(subject)) + '\n' +
                     canonical_query(request.url.query) + '\n' +
                     canonical_headers(request.headers, wanted) + '\n' + joined(additional) + '\n';
  return text + "UNSIGNED-PAYLOAD";
}

std::string signature_v4(const http::Request& request, const Credentials& credentials,
                         const Subject& subject, Time now,
                         const std::vector<std::string>& additional) {
  const std::string text =
      std::string(algorithm) + '\n' + common::iso_basic_date(now) + '\n' + scope_of(subject, now) +
      '\n' + common::hex(common::sha256(canonical_request_v4(request, subject, additional)));
  std::string key = common::hmac_sha256("aliyun_v4" + credentials.secret_key, day_of(now));
  for (const std::string_view part : {std::string_view(subject.region), std::string_view("oss"),
                                      std::string_view("aliyun_v4_request")})
    key = common::hmac_sha256(key, part);
  return common::hex(common::hmac_sha256(key, text));
}

void sign_v4(http::Request& request, const Credentials& credentials, const Subject& subject,
             Time now) {
  request.headers.set("x-oss-date", common::iso_basic_date(now));
  request.headers.set("x-oss-content-sha256", "UNSIGNED-PAYLOAD");
  if (!credentials.session_token.empty())
    request.headers.set("x-oss-security-token", credentials.session_token);
  request.headers.set("Authorization",
                      std::string(algorithm) + " Credential=" + credentials.access_key + '/' +
                          scope_of(subject, now) +
                          ",Signature=" + signature_v4(request, credentials, subject, now));
}

void presign_v4(http::Request& request, const Credentials& credentials, const Subject& subject,
                std::chrono::seconds expires, Time now) {
  add_to_query(request,
               {{"x-oss-signature-version", std::string(algorithm)},
                {"x-oss-credential", credentials.access_key + '/' + scope_of(subject, now)},
                {"x-oss-date", common::iso_basic_date(now)},
                {"x-oss-expires", std::to_string(expires.count())}});
  if (!credentials.session_token.empty())
    add_to_query(request, {{"x-oss-security-token", credentials.session_token}});
  add_to_query(request, {{"x-oss-signature", signature_v4(request, credentials, subject, now)}});
}

}  // namespace berth::oss
