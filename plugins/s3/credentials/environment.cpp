// SPDX-License-Identifier: Apache-2.0
//
// Keys from environment variables, and the order of all sources.
#include <cstdlib>

#include "credentials/sources.hpp"

namespace berth::s3 {
namespace {

class EnvironmentSource final : public CredentialsSource {
 public:
  explicit EnvironmentSource(SourceOptions options) : environment_(options.environment) {}

  std::string_view name() const noexcept override { return "environment"; }

  Found find(const sdk::Call&) override {
    const auto access_key = environment_("AWS_ACCESS_KEY_ID");
    const auto secret_key = environment_("AWS_SECRET_ACCESS_KEY");
    if (!access_key) return {std::nullopt, "AWS_ACCESS_KEY_ID is not set"};
    if (!secret_key) return {std::nullopt, "AWS_SECRET_ACCESS_KEY is not set"};
    const std::string token = environment_("AWS_SESSION_TOKEN").value_or("");
    return {Credentials{*access_key, *secret_key, token, std::nullopt}, {}};
  }

 private:
  const Environment environment_;
};

}  // namespace

Environment process_environment() {
  return [](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    if (!value || *value == '\0') return std::nullopt;
    return std::string(value);
  };
}

std::unique_ptr<CredentialsSource> environment_source(SourceOptions options) {
  return std::make_unique<EnvironmentSource>(std::move(options));
}

std::vector<std::unique_ptr<CredentialsSource>> default_sources(const SourceOptions& options) {
  std::vector<std::unique_ptr<CredentialsSource>> sources;
  if (options.profile.empty()) {
    sources.push_back(environment_source(options));
    sources.push_back(web_identity_source(options));
  }
  sources.push_back(shared_files_source(options));
  if (options.profile.empty()) {
    sources.push_back(container_source(options));
    sources.push_back(instance_source(options));
  }
  return sources;
}

}  // namespace berth::s3
