// SPDX-License-Identifier: Apache-2.0
//
// The service wants a token of its own where the instance was hardened, and offers one everywhere;
// where it is refused, the keys are asked for without.
#include "instance_role.hpp"

#include "common/metadata.hpp"
#include "common/text.hpp"
#include "common/uri.hpp"

namespace berth::oss {
namespace {

using common::Found;

constexpr const char* role_path = "/latest/meta-data/ram/security-credentials/";
constexpr common::MetadataNames names{"AccessKeyId", "AccessKeySecret", "SecurityToken"};

class InstanceRole final : public common::CredentialsSource {
 public:
  InstanceRole(std::string role, const std::string& endpoint)
      : role_(std::move(role)),
        endpoint_(http::Url::parse(endpoint, "endpoint", "http")),
        client_(common::metadata_client_options()) {}

  std::string_view name() const noexcept override { return "ECS instance role"; }

  Found find(const sdk::Call& call) override {
    try {
      return ask(call);
    } catch (const sdk::Error& error) {
      return common::no_answer(error, call);
    }
  }

 private:
  http::Response send(const char* method, const std::string& path, http::Headers headers,
                      const sdk::Call& call) {
    http::Request request;
    request.method = method;
    request.url = endpoint_;
    request.url.path = path;
    request.headers = std::move(headers);
    return client_.send(request, call);
  }

  Found ask(const sdk::Call& call) {
    http::Headers headers;
    if (const std::string token = own_token(call); !token.empty())
      headers.add("X-aliyun-ecs-metadata-token", token);
    std::string role = role_;
    if (role == "auto") {
      const http::Response answer = send("GET", role_path, headers, call);
      if (!answer.ok()) return refused(answer);
      role = common::first_line(answer.body);
    }
    const http::Response keys =
        send("GET", role_path + common::percent_encode(role), headers, call);
    return keys.ok() ? common::read_metadata_document(keys.body, names) : refused(keys);
  }

  // Empty: the service has no tokens, or did not answer.
  std::string own_token(const sdk::Call& call) {
    try {
      const http::Response token = send("PUT", "/latest/api/token",
                                        {{"X-aliyun-ecs-metadata-token-ttl-seconds", "300"}}, call);
      return token.ok() ? std::string(common::first_line(token.body)) : std::string();
    } catch (const sdk::Error&) {
      call.check();
      return {};
    }
  }

  static Found refused(const http::Response& answer) {
    if (answer.status == 404) return {std::nullopt, "the instance does not have this role"};
    return {std::nullopt,
            "the instance metadata service answered HTTP " + std::to_string(answer.status),
            common::may_pass(answer)};
  }

  const std::string role_;
  const http::Url endpoint_;
  http::Client client_;
};

}  // namespace

std::unique_ptr<common::CredentialsSource> instance_role(std::string role, std::string endpoint) {
  return std::make_unique<InstanceRole>(std::move(role), endpoint);
}

}  // namespace berth::oss
