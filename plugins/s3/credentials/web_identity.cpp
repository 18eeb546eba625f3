// SPDX-License-Identifier: Apache-2.0
//
// A role by a web identity's token, from a file that is read again for each renewal.
#include "credentials/files.hpp"
#include "credentials/sources.hpp"
#include "credentials/token_service.hpp"

namespace berth::s3 {
namespace {

class WebIdentitySource final : public CredentialsSource {
 public:
  explicit WebIdentitySource(SourceOptions options) : options_(std::move(options)) {}

  std::string_view name() const noexcept override { return "web identity"; }

  Found find(const sdk::Call& call) override {
    const auto file = options_.environment("AWS_WEB_IDENTITY_TOKEN_FILE");
    const auto arn = options_.environment("AWS_ROLE_ARN");
    if (!file) return {std::nullopt, "AWS_WEB_IDENTITY_TOKEN_FILE is not set"};
    if (!arn) return {std::nullopt, "AWS_ROLE_ARN is not set"};
    return common::refused_unless_given(ask(*file, *arn, call));
  }

 private:
  Found ask(const std::string& file, const std::string& arn, const sdk::Call& call) const {
    const auto token = read_token_file(file);
    if (!token) return {std::nullopt, "cannot read the token file " + file};
    Role role;
    role.arn = arn;
    role.session_name = options_.environment("AWS_ROLE_SESSION_NAME").value_or("");
    return TokenService(options_).assume_role_with_web_identity(role, *token, call);
  }

  const SourceOptions options_;
};

}  // namespace

std::unique_ptr<CredentialsSource> web_identity_source(SourceOptions options) {
  return std::make_unique<WebIdentitySource>(std::move(options));
}

}  // namespace berth::s3
