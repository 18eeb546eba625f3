// SPDX-License-Identifier: Apache-2.0
//
// The credentials of a container's task, from the service that the environment names.
#include <algorithm>
#include <array>

#include "common/metadata.hpp"
#include "credentials/files.hpp"
#include "credentials/sources.hpp"

namespace berth::s3 {
namespace {

constexpr const char* container_host = "http://169.254.170.2";

// An authorization token is sent unencrypted to local addresses only.
bool may_be_plain(const http::Url& url) {
  constexpr std::array<std::string_view, 3> hosts = {"169.254.170.2", "169.254.170.23",
                                                     "fd00:ec2::23"};
  return url.tls() || url.is_local() ||
         std::find(hosts.begin(), hosts.end(), url.host) != hosts.end();
}

class ContainerSource final : public CredentialsSource {
 public:
  explicit ContainerSource(SourceOptions options) : options_(std::move(options)) {}

  std::string_view name() const noexcept override { return "container"; }

  Found find(const sdk::Call& call) override {
    const auto relative = options_.environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const auto full = options_.environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (!relative && !full)
      return {std::nullopt, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and _FULL_URI are not set"};
    try {
      return common::refused_unless_given(ask(relative ? container_host + *relative : *full, call));
    } catch (const sdk::Error& error) {
      return common::no_answer(error, call);
    }
  }

 private:
  Found ask(const std::string& url, const sdk::Call& call) const {
    http::Request request;
    request.url = http::Url::parse(url, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (!may_be_plain(request.url))
      return {std::nullopt, "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https or a local address"};
    if (const std::string token = authorization(); !token.empty())
      request.headers.add("Authorization", token);
    const http::Response answer =
        http::Client(common::metadata_client_options()).send(request, call);
    if (!answer.ok())
      return {std::nullopt, "the container service answered HTTP " + std::to_string(answer.status),
              common::may_pass(answer)};
    return common::read_metadata_document(answer.body);
  }

  std::string authorization() const {
    if (const auto file = options_.environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"))
      return read_token_file(*file).value_or("");
    return options_.environment("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
  }

  const SourceOptions options_;
};

}  // namespace

std::unique_ptr<CredentialsSource> container_source(SourceOptions options) {
  return std::make_unique<ContainerSource>(std::move(options));
}

}  // namespace berth::s3
