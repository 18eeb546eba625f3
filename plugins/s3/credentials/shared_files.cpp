// SPDX-License-Identifier: Apache-2.0
//
// The shared files: keys of a profile, or a role with a token file or with the keys of another
// profile.
#include <set>

#include "credentials/files.hpp"
#include "credentials/profile_file.hpp"
#include "credentials/sources.hpp"
#include "credentials/token_service.hpp"

namespace berth::s3 {
namespace {

std::string value_of(const Profile& profile, const char* key) {
  const auto at = profile.find(key);
  return at == profile.end() ? std::string() : at->second;
}

Role role_of(const Profile& profile) {
  return {value_of(profile, "role_arn"), value_of(profile, "role_session_name"),
          value_of(profile, "external_id"), value_of(profile, "duration_seconds")};
}

Found keys_of(const Profile& profile, const std::string& name) {
  Credentials keys{value_of(profile, "aws_access_key_id"),
                   value_of(profile, "aws_secret_access_key"),
                   value_of(profile, "aws_session_token"), std::nullopt};
  if (keys.empty()) return {std::nullopt, "profile " + name + " has no keys"};
  return {std::move(keys), {}};
}

class SharedFilesSource final : public CredentialsSource {
 public:
  explicit SharedFilesSource(SourceOptions options) : options_(std::move(options)) {}

  std::string_view name() const noexcept override { return "shared files"; }

  Found find(const sdk::Call& call) override {
    const Profiles profiles = read_files();
    std::string name = options_.profile;
    if (name.empty()) name = options_.environment("AWS_PROFILE").value_or("");
    if (name.empty()) name = options_.environment("AWS_DEFAULT_PROFILE").value_or("");
    std::set<std::string> visited;
    if (name.empty()) return resolve(profiles, "default", visited, call);
    Found found = resolve(profiles, name, visited, call);
    found.refused |=
        profiles.count(name) == 0;  // a profile without keys may be used for its region
    return found;
  }

 private:
  std::string file_name(const char* variable, const char* standard) const {
    if (const auto name = options_.environment(variable)) return *name;
    return options_.environment("HOME").value_or("") + "/.aws/" + standard;
  }

  // Each entry of the credentials file replaces that of the config file.
  Profiles read_files() const {
    Profiles profiles =
        parse_profiles(read_text_file(file_name("AWS_CONFIG_FILE", "config")).value_or(""));
    const std::string own = file_name("AWS_SHARED_CREDENTIALS_FILE", "credentials");
    for (auto& [name, profile] :
         parse_profiles(read_text_file(own).value_or(""), ProfileFile::credentials))
      for (auto& [key, value] : profile) profiles[name][key] = value;
    return profiles;
  }

  Found resolve(const Profiles& profiles, const std::string& name, std::set<std::string>& visited,
                const sdk::Call& call) const {
    const auto at = profiles.find(name);
    if (at == profiles.end()) return {std::nullopt, "no such profile: " + name};
    const Profile& profile = at->second;
    const bool first_visit = visited.insert(name).second;
    if (value_of(profile, "role_arn").empty() || !first_visit) return keys_of(profile, name);
    return common::refused_unless_given(assume(profiles, profile, name, visited, call));
  }

  Found assume(const Profiles& profiles, const Profile& profile, const std::string& name,
               std::set<std::string>& visited, const sdk::Call& call) const {
    if (!value_of(profile, "web_identity_token_file").empty()) return by_token(profile, call);
    Found source = source_of(profiles, profile, name, visited, call);
    if (!source.credentials) return source;
    return TokenService(options_).assume_role(role_of(profile), *source.credentials, call);
  }

  Found by_token(const Profile& profile, const sdk::Call& call) const {
    const std::string file = value_of(profile, "web_identity_token_file");
    const auto token = read_token_file(file);
    if (!token) return {std::nullopt, "cannot read the token file " + file};
    return TokenService(options_).assume_role_with_web_identity(role_of(profile), *token, call);
  }

  Found source_of(const Profiles& profiles, const Profile& profile, const std::string& name,
                  std::set<std::string>& visited, const sdk::Call& call) const {
    const std::string other = value_of(profile, "source_profile");
    if (!other.empty()) return resolve(profiles, other, visited, call);
    const std::string place = value_of(profile, "credential_source");
    if (place == "Environment") return environment_source(options_)->find(call);
    if (place == "EcsContainer") return container_source(options_)->find(call);
    if (place == "Ec2InstanceMetadata") return instance_source(options_, true)->find(call);
    return {std::nullopt, "profile " + name + " has a role_arn but no source_profile"};
  }

  const SourceOptions options_;
};

}  // namespace

std::unique_ptr<CredentialsSource> shared_files_source(SourceOptions options) {
  return std::make_unique<SharedFilesSource>(std::move(options));
}

}  // namespace berth::s3
