// SPDX-License-Identifier: Apache-2.0
//
// The places that are asked for credentials, in the order of the aws command: environment, web
// identity, shared files, container, instance metadata. Each is quick to say that it does not
// apply.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "credentials/credentials.hpp"

namespace berth::s3 {

// getenv, or a test's own; an empty variable counts as not set.
using Environment = std::function<std::optional<std::string>(const char* name)>;
[[nodiscard]] Environment process_environment();

struct SourceOptions {
  Environment environment = process_environment();
  std::string profile;  // the `profile` parameter; empty: AWS_PROFILE, then "default"
  std::string region;   // for the token service
  std::string proxy;    // these three go to the token service's HTTP client
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

// The instance's role, by version 2 of the metadata service. Silence costs a second, and means
// that there is none, unless it has to answer or has done so before.
[[nodiscard]] std::unique_ptr<CredentialsSource> instance_source(SourceOptions options,
                                                                 bool must_answer = false);

// All of them; only the shared files when a profile was named by parameter.
[[nodiscard]] std::vector<std::unique_ptr<CredentialsSource>> default_sources(
    const SourceOptions& options);

}  // namespace berth::s3
