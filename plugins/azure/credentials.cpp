// SPDX-License-Identifier: Apache-2.0
#include "credentials.hpp"

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "common/http/http.hpp"
#include "common/http/retry.hpp"
#include "common/metadata.hpp"
#include "common/uri.hpp"

namespace berth::azure {
namespace {

using common::CredentialsSource;
using common::Found;

constexpr const char* resource = "https://storage.azure.com/";
constexpr const char* public_authority = "https://login.microsoftonline.com";
constexpr const char* scope = "https://storage.azure.com/.default";

// Seconds come as a number from the one service and as text from the other.
int64_t seconds_in(const nlohmann::json& document, const char* key) {
  const auto at = document.find(key);
  if (at == document.end()) return 0;
  if (at->is_number()) return at->get<int64_t>();
  return at->is_string() ? std::strtoll(at->get_ref<const std::string&>().c_str(), nullptr, 10) : 0;
}

Found read_token(const http::Response& answer) {
  const auto document = nlohmann::json::parse(answer.body, nullptr, false);
  const auto text = [&](const char* key) {
    return document.is_object() ? document.value(key, std::string()) : std::string();
  };
  if (!answer.ok()) {
    const std::string code = text("error");
    return {std::nullopt,
            "it answered " + std::to_string(answer.status) + (code.empty() ? "" : " " + code),
            common::may_pass(answer)};
  }
  common::Credentials bearer;
  bearer.session_token = text("access_token");
  if (bearer.session_token.empty()) return {std::nullopt, "its answer holds no token"};
  const int64_t life = std::max<int64_t>(seconds_in(document, "expires_in"), 60);
  bearer.expires = std::chrono::system_clock::now() + std::chrono::seconds(life);
  return {std::move(bearer), {}};
}

// What it means when nobody answers: that somebody should, or that this is another kind of machine.
enum class Silence { failure, absence };

Found ask(http::Client& client, const http::Request& request, Silence silence,
          const sdk::Call& call) {
  http::RetryPolicy policy;
  policy.attempts = silence == Silence::failure ? 3 : 2;
  http::Clock clock;
  try {
    const http::Plan plan{[&] { return request; }, {}};
    return read_token(http::Retrier(client, policy, clock).send(plan, call));
  } catch (const sdk::Error& error) {
    return common::no_answer(error, call, silence == Silence::failure);
  } catch (const nlohmann::json::exception&) {
    return {std::nullopt, "its answer is not what was expected"};
  }
}

// What the sources have in common.
struct Origin {
  const Settings& settings;
  Environment environment;

  std::string value(const std::string& parameter, const char* variable) const {
    return parameter.empty() ? environment(variable).value_or("") : parameter;
  }
  std::string client_id() const { return value(settings.client_id, "AZURE_CLIENT_ID"); }
  std::string tenant_id() const { return value(settings.tenant_id, "AZURE_TENANT_ID"); }

  http::Url authority() const {
    if (settings.authority) return *settings.authority;
    constexpr const char* variable = "AZURE_AUTHORITY_HOST";
    return base_url(environment(variable).value_or(public_authority), variable);
  }

  http::ClientOptions client_options() const {
    http::ClientOptions options;
    options.connect_timeout = settings.client.connect_timeout;
    options.proxy = settings.client.proxy;
    options.cafile = settings.client.cafile;
    options.skipverify = settings.client.skipverify;
    return options;
  }

  // The token endpoint of the tenant, asked with what proves who we are.
  Found ask_authority(common::Query proof, const sdk::Call& call) const {
    proof.insert(
        proof.end(),
        {{"client_id", client_id()}, {"grant_type", "client_credentials"}, {"scope", scope}});
    const std::string body = common::encode_query(proof);
    http::Request request;
    request.method = "POST";
    request.url = authority();
    request.url.path += '/' + common::percent_encode(tenant_id()) + "/oauth2/v2.0/token";
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.body = body;
    http::Client client(client_options());
    return common::refused_unless_given(ask(client, request, Silence::failure, call));
  }
};

class SecretSource final : public CredentialsSource {
 public:
  explicit SecretSource(Origin origin) : origin_(std::move(origin)) {}
  std::string_view name() const noexcept override { return "client secret"; }

  Found find(const sdk::Call& call) override {
    const std::string secret = origin_.value(origin_.settings.client_secret, "AZURE_CLIENT_SECRET");
    if (secret.empty()) return {std::nullopt, "AZURE_CLIENT_SECRET is not set"};
    if (origin_.client_id().empty()) return {std::nullopt, "AZURE_CLIENT_ID is not set"};
    if (origin_.tenant_id().empty()) return {std::nullopt, "AZURE_TENANT_ID is not set"};
    return origin_.ask_authority({{"client_secret", secret}}, call);
  }

 private:
  const Origin origin_;
};

// The file is read each time: whoever runs the workload renews it.
class WorkloadSource final : public CredentialsSource {
 public:
  explicit WorkloadSource(Origin origin) : origin_(std::move(origin)) {}
  std::string_view name() const noexcept override { return "workload identity"; }

  Found find(const sdk::Call& call) override {
    const std::string path =
        origin_.value(origin_.settings.token_file, "AZURE_FEDERATED_TOKEN_FILE");
    if (path.empty()) return {std::nullopt, "AZURE_FEDERATED_TOKEN_FILE is not set"};
    if (origin_.client_id().empty()) return {std::nullopt, "AZURE_CLIENT_ID is not set"};
    if (origin_.tenant_id().empty()) return {std::nullopt, "AZURE_TENANT_ID is not set"};
    std::ifstream file(path);
    std::string assertion;
    if (!(file >> assertion))
      return common::refused_unless_given({std::nullopt, "cannot read the token file " + path});
    return origin_.ask_authority(
        {{"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
         {"client_assertion", assertion}},
        call);
  }

 private:
  const Origin origin_;
};

// The metadata service of the machine: it answers at once, or is not there. No proxy.
class ManagedIdentitySource final : public CredentialsSource {
 public:
  explicit ManagedIdentitySource(Origin origin) : origin_(std::move(origin)) {}
  std::string_view name() const noexcept override { return "managed identity"; }

  Found find(const sdk::Call& call) override {
    http::ClientOptions options = common::metadata_client_options();
    options.first_byte_timeout = options.attempt_timeout = std::chrono::seconds(5);
    http::Client client(options);
    http::Request request;
    const auto host = origin_.environment("AZURE_POD_IDENTITY_AUTHORITY_HOST");
    request.url = http::Url::parse(host.value_or("http://169.254.169.254"),
                                   "AZURE_POD_IDENTITY_AUTHORITY_HOST");
    request.url.path = "/metadata/identity/oauth2/token";
    common::Query query{{"api-version", "2018-02-01"}, {"resource", resource}};
    if (!origin_.client_id().empty()) query.emplace_back("client_id", origin_.client_id());
    request.url.query = common::encode_query(query);
    request.headers.add("Metadata", "true");
    return ask(client, request, Silence::absence, call);
  }

 private:
  const Origin origin_;
};

}  // namespace

Environment process_environment() {
  return [](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    if (!value || *value == '\0') return std::nullopt;
    return value;
  };
}

std::vector<std::unique_ptr<common::CredentialsSource>> token_sources(const Settings& settings,
                                                                      Environment environment) {
  const Origin origin{settings, std::move(environment)};
  std::vector<std::unique_ptr<CredentialsSource>> sources;
  if (settings.auth != Auth::client_secret && settings.auth != Auth::default_credentials)
    return sources;
  sources.push_back(std::make_unique<SecretSource>(origin));
  if (settings.auth == Auth::client_secret) return sources;
  sources.push_back(std::make_unique<WorkloadSource>(origin));
  sources.push_back(std::make_unique<ManagedIdentitySource>(origin));
  return sources;
}

}  // namespace berth::azure
