// SPDX-License-Identifier: Apache-2.0
//
// The role of an EC2 instance, by version 2 of the metadata service. Until the service has answered
// once, silence means that this is no EC2 instance.
#include "common/metadata.hpp"
#include "common/text.hpp"
#include "common/uri.hpp"
#include "credentials/sources.hpp"

namespace berth::s3 {
namespace {

constexpr const char* standard_endpoint = "http://169.254.169.254";
constexpr const char* role_path = "/latest/meta-data/iam/security-credentials/";

class InstanceSource final : public CredentialsSource {
 public:
  InstanceSource(SourceOptions options, bool must_answer)
      : environment_(std::move(options.environment)),
        client_(common::metadata_client_options()),
        is_there_(must_answer) {}

  std::string_view name() const noexcept override { return "instance metadata"; }

  Found find(const sdk::Call& call) override {
    const std::string off = environment_("AWS_EC2_METADATA_DISABLED").value_or("");
    if (off == "true" || off == "TRUE" || off == "True")
      return {std::nullopt, "AWS_EC2_METADATA_DISABLED is true"};
    try {
      return ask(call);
    } catch (const sdk::Error& error) {
      return common::no_answer(error, call, is_there_);
    }
  }

 private:
  http::Response send(const char* method, const std::string& path, http::Headers headers,
                      const sdk::Call& call) {
    const auto endpoint = environment_("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    http::Request request;
    request.method = method;
    request.url = http::Url::parse(endpoint.value_or(standard_endpoint),
                                   "AWS_EC2_METADATA_SERVICE_ENDPOINT", "http");
    request.url.path = path;
    request.headers = std::move(headers);
    return client_.send(request, call);
  }

  Found ask(const sdk::Call& call) {
    const http::Response token =
        send("PUT", "/latest/api/token", {{"X-aws-ec2-metadata-token-ttl-seconds", "300"}}, call);
    is_there_ = true;
    if (!token.ok()) return refused(token);
    const http::Headers headers{
        {"X-aws-ec2-metadata-token", std::string(common::first_line(token.body))}};
    const http::Response role = send("GET", role_path, headers, call);
    if (!role.ok()) return refused(role);
    const std::string name = common::percent_encode(common::first_line(role.body));
    const http::Response document = send("GET", role_path + name, headers, call);
    return document.ok() ? common::read_metadata_document(document.body) : refused(document);
  }

  static Found refused(const http::Response& answer) {
    return {std::nullopt,
            "the instance metadata service answered HTTP " + std::to_string(answer.status),
            common::may_pass(answer)};
  }

  const Environment environment_;
  http::Client client_;
  bool is_there_;  // the service must answer: silence is a failure
};

}  // namespace

std::unique_ptr<CredentialsSource> instance_source(SourceOptions options, bool must_answer) {
  return std::make_unique<InstanceSource>(std::move(options), must_answer);
}

}  // namespace berth::s3
