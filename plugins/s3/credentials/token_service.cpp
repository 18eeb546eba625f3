// SPDX-License-Identifier: Apache-2.0
//
// Requests are forms in the body, so that no token is written to a proxy's log.
#include "credentials/token_service.hpp"

#include <chrono>

#include "common/crypto.hpp"
#include "common/metadata.hpp"
#include "common/xml.hpp"
#include "sigv4.hpp"

namespace berth::s3 {
namespace {

constexpr std::string_view form_type = "application/x-www-form-urlencoded; charset=utf-8";

http::ClientOptions client_options(const SourceOptions& options) {
  http::ClientOptions client;
  client.connect_timeout = std::chrono::seconds(5);
  client.first_byte_timeout = std::chrono::seconds(10);
  client.attempt_timeout = std::chrono::seconds(20);
  client.proxy = options.proxy;
  client.cafile = options.cafile;
  client.skipverify = options.skipverify;
  return client;
}

http::RetryPolicy retry_policy() {
  http::RetryPolicy policy;
  policy.attempts = 3;
  policy.total = std::chrono::seconds(20);
  return policy;
}

http::Url endpoint(const SourceOptions& options) {
  const std::string region = options.region.empty() ? "us-east-1" : options.region;
  const std::string suffix =
      region.compare(0, 3, "cn-") == 0 ? ".amazonaws.com.cn" : ".amazonaws.com";
  const auto given = options.environment("AWS_ENDPOINT_URL_STS");
  http::Url url =
      http::Url::parse(given.value_or("https://sts." + region + suffix), "AWS_ENDPOINT_URL_STS");
  if (url.path.empty()) url.path = "/";
  return url;
}

common::Query role_query(const char* action, const Role& role) {
  common::Query query{{"Action", action},
                      {"Version", "2011-06-15"},
                      {"RoleArn", role.arn},
                      {"RoleSessionName", role.session_name.empty() ? "berth" : role.session_name}};
  if (!role.external_id.empty()) query.emplace_back("ExternalId", role.external_id);
  if (!role.duration_seconds.empty()) query.emplace_back("DurationSeconds", role.duration_seconds);
  return query;
}

// Empty: the answer has no error code.
std::string code_in(const http::Response& answer) {
  try {
    const common::Xml xml(answer.body, "temporary credentials");
    return std::string(common::xml_text(xml.root().child("Error"), "Code"));
  } catch (const sdk::Error&) {  // not an error document
    return {};
  }
}

std::string refusal(const http::Response& answer) {
  const std::string code = code_in(answer);
  return "the token service answered HTTP " + std::to_string(answer.status) +
         (code.empty() ? "" : " " + code);
}

// Some errors with status 400 are temporary.
http::Verdict judge(const http::Response& answer) {
  if (answer.status != 400) return http::judge_status(answer);
  const std::string code = code_in(answer);
  for (const std::string_view busy : {"Throttling", "ThrottlingException", "ThrottledException",
                                      "RequestThrottled", "RequestLimitExceeded"})
    if (code == busy) return http::Verdict::slow_down;
  return code == "IDPCommunicationError" ? http::Verdict::retry : http::Verdict::refuse;
}

Found read_answer(const http::Response& answer, std::string_view element) {
  const http::Verdict verdict = judge(answer);
  if (verdict != http::Verdict::accept)
    return {std::nullopt, refusal(answer), verdict != http::Verdict::refuse};
  const common::Xml xml(answer.body, "temporary credentials");
  const pugi::xml_node node = xml.root().child(std::string(element).c_str()).child("Credentials");
  Credentials credentials{common::xml_text(node, "AccessKeyId"),
                          common::xml_text(node, "SecretAccessKey"),
                          common::xml_text(node, "SessionToken"), std::nullopt};
  credentials.expires = common::parse_iso_time(common::xml_text(node, "Expiration"));
  if (credentials.empty()) return {std::nullopt, "the token service returned no keys"};
  return {std::move(credentials), {}};
}

}  // namespace

TokenService::TokenService(const SourceOptions& options)
    : region_(options.region.empty() ? "us-east-1" : options.region),
      url_(endpoint(options)),
      client_(client_options(options)),
      retrier_(client_, retry_policy(), clock_) {}

Found TokenService::assume_role(const Role& role, const Credentials& by, const sdk::Call& call) {
  return ask(role_query("AssumeRole", role), &by, "AssumeRoleResult", call);
}

Found TokenService::assume_role_with_web_identity(const Role& role, std::string_view token,
                                                  const sdk::Call& call) {
  common::Query query = role_query("AssumeRoleWithWebIdentity", role);
  query.emplace_back("WebIdentityToken", token);
  return ask(query, nullptr, "AssumeRoleWithWebIdentityResult", call);
}

Found TokenService::ask(const common::Query& query, const Credentials* by, std::string_view element,
                        const sdk::Call& call) {
  const std::string body = common::encode_query(query);
  const auto make = [&] {
    http::Request request;
    request.method = "POST";
    request.url = url_;
    request.body = body;
    request.headers.add("Content-Type", form_type);
    if (by)
      sign_v4(request, *by, {region_, "sts"}, common::hex(common::sha256(body)), clock_.now());
    return request;
  };
  try {
    return read_answer(retrier_.send({make, judge}, call), element);
  } catch (const sdk::Error& error) {
    return common::no_answer(error, call);
  }
}

}  // namespace berth::s3
