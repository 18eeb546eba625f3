// SPDX-License-Identifier: Apache-2.0
//
// The sources of credentials, in the order of the aws command: environment, web identity, shared
// files, container, instance metadata. A source that is not configured is skipped at once.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "credentials/credentials.hpp"

namespace berth::s3 {

// getenv, or a function of a test. An empty variable counts as not set.
using Environment = std::function<std::optional<std::string>(const char* name)>;
[[nodiscard]] Environment process_environment();

struct SourceOptions {
  Environment environment = process_environment();
  std::string profile;  // the `profile` parameter; empty: AWS_PROFILE, then "default"
  std::string region;   // for the token service
  std::string proxy;    // this and the next two are for the token service's HTTP client
  std::string cafile;
  bool skipverify = false;
};

// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.
[[nodiscard]] std::unique_ptr<CredentialsSource> environment_source(SourceOptions options);

// AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN; the file is read again for each refresh.
[[nodiscard]] std::unique_ptr<CredentialsSource> web_identity_source(SourceOptions options);

// ~/.aws/credentials and ~/.aws/config: keys, web identity, or a role with its source.
[[nodiscard]] std::unique_ptr<CredentialsSource> shared_files_source(SourceOptions options);

// AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI.
[[nodiscard]] std::unique_ptr<CredentialsSource> container_source(SourceOptions options);

// The instance's role, by version 2 of the metadata service. No answer within a second means that
// there is no such service, unless it must answer or has answered before.
[[nodiscard]] std::unique_ptr<CredentialsSource> instance_source(SourceOptions options,
                                                                 bool must_answer = false);

// All sources; only the shared files if the parameter `profile` is given.
[[nodiscard]] std::vector<std::unique_ptr<CredentialsSource>> default_sources(
    const SourceOptions& options);

}  // namespace berth::s3
