// SPDX-License-Identifier: Apache-2.0
//
// The sources of credentials, simulated by files, variables and a scripted server.
#include <doctest/doctest.h>

#include <atomic>
#include <fstream>
#include <map>

#include "credentials/credentials.hpp"
#include "credentials/sources.hpp"
#include "support/driver_calls.hpp"
#include "support/scripted_server.hpp"
#include "support/temp_dir.hpp"

using namespace berth;
using namespace berth::s3;
using test::Answer;
using test::FakeCall;
using test::ScriptedServer;
using Variables = std::map<std::string, std::string>;

namespace {

SourceOptions options_with(Variables variables) {
  SourceOptions options;
  options.environment = [variables](const char* name) -> std::optional<std::string> {
    const auto at = variables.find(name);
    if (at == variables.end()) return std::nullopt;
    return at->second;
  };
  return options;
}

// A folder for config, credentials and token files.
struct Files {
  test::TempDir folder;
  std::string write(const std::string& name, const std::string& text) const {
    const std::string path = (folder.path() / name).string();
    std::ofstream(path) << text;
    return path;
  }
  Variables variables(const std::string& config, const std::string& credentials = {}) const {
    return {{"AWS_CONFIG_FILE", write("config", config)},
            {"AWS_SHARED_CREDENTIALS_FILE", write("credentials", credentials)}};
  }
};

Variables web_identity(const std::string& token_file, const ScriptedServer& sts) {
  return {{"AWS_WEB_IDENTITY_TOKEN_FILE", token_file},
          {"AWS_ROLE_ARN", "arn:x"},
          {"AWS_ENDPOINT_URL_STS", sts.url()}};
}

// The same, and keys of another identity in the next source.
Variables beside_other_keys(const Files& files, const ScriptedServer& sts) {
  Variables variables = files.variables(
      "[default]\naws_access_key_id = OTHER\n"
      "aws_secret_access_key = s\n");
  variables.merge(web_identity(files.write("t", "x"), sts));
  return variables;
}

std::string sts_answer(const char* action, const char* key) {
  return std::string("<") + action + "Response><" + action + "Result><Credentials><AccessKeyId>" +
         key +
         "</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
         "<Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></" +
         action + "Result></" + action + "Response>";
}

constexpr const char* metadata =
    R"({"AccessKeyId":"ROLE","SecretAccessKey":"s","Token":"t","Expiration":"2999-01-01T00:00:00Z"})";

// Answers with keys named 1, 2, 3 ..., each good for `life` of the test's own time.
struct CountingSource final : CredentialsSource {
  CountingSource(const common::Time& now, std::chrono::seconds life, std::atomic<int>& asked)
      : now(now), life(life), asked(asked) {}
  std::string_view name() const noexcept override { return "test"; }
  Found find(const sdk::Call&) override {
    return {Credentials{std::to_string(++asked), "s", "t", now + life}, {}};
  }
  const common::Time& now;
  const std::chrono::seconds life;
  std::atomic<int>& asked;
};

}  // namespace

TEST_CASE("the environment supplies key, secret and token") {
  const Found found = environment_source(options_with({{"AWS_ACCESS_KEY_ID", "a"},
                                                       {"AWS_SECRET_ACCESS_KEY", "s"},
                                                       {"AWS_SESSION_TOKEN", "t"}}))
                          ->find(FakeCall());
  REQUIRE(found.credentials);
  CHECK(found.credentials->access_key == "a");
  CHECK(found.credentials->session_token == "t");
}

TEST_CASE("a missing variable of the environment is named as the reason") {
  const auto source = environment_source(options_with({{"AWS_ACCESS_KEY_ID", "a"}}));
  CHECK(source->find(FakeCall()).reason == "AWS_SECRET_ACCESS_KEY is not set");
}

TEST_CASE("the credentials file wins over the config file, and AWS_PROFILE names the profile") {
  const Files files;
  Variables variables =
      files.variables("[profile work]\naws_access_key_id = c\naws_secret_access_key = cs\n",
                      "[work]\naws_access_key_id = k\n[default]\naws_access_key_id = "
                      "d\naws_secret_access_key = x\n");
  variables["AWS_PROFILE"] = "work";
  const Found found = shared_files_source(options_with(variables))->find(FakeCall());
  REQUIRE(found.credentials);
  CHECK(found.credentials->access_key == "k");
  CHECK(found.credentials->secret_key == "cs");
}

TEST_CASE("a profile that does not exist is named as the reason") {
  const Files files;
  SourceOptions options = options_with(files.variables(""));
  options.profile = "absent";
  CHECK(shared_files_source(options)->find(FakeCall()).reason == "no such profile: absent");
}

TEST_CASE("a role is assumed with the keys of its source profile") {
  ScriptedServer sts({Answer(200, sts_answer("AssumeRole", "ROLE"))});
  const Files files;
  Variables variables = files.variables(
      "[profile r]\nrole_arn = arn:x\nsource_profile = base\nexternal_id = e 1\n"
      "[profile base]\naws_access_key_id = BASE\naws_secret_access_key = s\n");
  variables["AWS_ENDPOINT_URL_STS"] = sts.url();
  SourceOptions options = options_with(variables);
  options.profile = "r";
  options.region = "eu-west-1";
  const Found found = shared_files_source(options)->find(FakeCall());
  REQUIRE(found.credentials);
  CHECK(found.credentials->access_key == "ROLE");
  CHECK(found.credentials->expires);
  const test::SeenRequest request = sts.requests().at(0);
  CHECK(request.body.find("Action=AssumeRole&") == 0);
  CHECK(request.body.find("ExternalId=e%201") != std::string::npos);
  CHECK(request.header("Authorization").find("Credential=BASE/") != std::string::npos);
  CHECK(request.header("Authorization").find("/eu-west-1/sts/") != std::string::npos);
}

TEST_CASE("profiles that name each other as sources end with a reason") {
  const Files files;
  SourceOptions options =
      options_with(files.variables("[profile a]\nrole_arn = x\nsource_profile = b\n[profile "
                                   "b]\nrole_arn = y\nsource_profile = a\n"));
  options.profile = "a";
  CHECK(shared_files_source(options)->find(FakeCall()).reason == "profile a has no keys");
}

TEST_CASE("web identity sends the token unsigned, and reads its file again each time") {
  ScriptedServer sts({Answer(200, sts_answer("AssumeRoleWithWebIdentity", "W1")),
                      Answer(200, sts_answer("AssumeRoleWithWebIdentity", "W2"))});
  const Files files;
  const std::string token = files.write("token", "one\n");
  const auto source = web_identity_source(options_with(web_identity(token, sts)));
  CHECK(source->find(FakeCall()).credentials->access_key == "W1");
  files.write("token", "two");
  CHECK(source->find(FakeCall()).credentials->access_key == "W2");
  CHECK(sts.requests().at(0).body.find("WebIdentityToken=one") != std::string::npos);
  CHECK(sts.requests().at(1).body.find("WebIdentityToken=two") != std::string::npos);
  CHECK_FALSE(sts.requests().at(0).has("Authorization"));
}

TEST_CASE("a refusal by the token service is the reason, with its code") {
  ScriptedServer sts(
      {Answer(403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>")});
  const Files files;
  const auto source = web_identity_source(options_with(web_identity(files.write("t", "x"), sts)));
  CHECK(source->find(FakeCall()).reason == "the token service answered HTTP 403 AccessDenied");
}

TEST_CASE("if a configured source refuses, it is named and no other source is used") {
  const Files files;
  ScriptedServer server([](const test::SeenRequest&) { return Answer(403); });
  const auto told = [&](const Variables& variables) {
    CredentialsProvider provider(default_sources(options_with(variables)));
    CHECK(test::status_of([&] { (void)provider.get(FakeCall()); }) == BERTH_STATUS_UNAUTHENTICATED);
    return test::message_of([&] { (void)provider.get(FakeCall()); });
  };
  auto variables = beside_other_keys(files, server);
  CHECK(told(variables) == "no credentials from web identity: the token service answered HTTP 403");
  variables["AWS_WEB_IDENTITY_TOKEN_FILE"] += "s";
  CHECK(told(variables) == "no credentials from web identity: cannot read the token file " +
                               variables["AWS_WEB_IDENTITY_TOKEN_FILE"]);

  variables = files.variables(
      "[profile r]\nrole_arn = arn:x\nsource_profile = default\n"
      "[profile region]\nregion = x\n",
      "[default]\naws_access_key_id = OTHER\naws_secret_access_key = s\n");
  variables["AWS_ENDPOINT_URL_STS"] = server.url();
  variables["AWS_EC2_METADATA_DISABLED"] = "true";
  variables["AWS_PROFILE"] = "r";
  CHECK(told(variables) == "no credentials from shared files: the token service answered HTTP 403");
  variables["AWS_PROFILE"] = "rr";
  CHECK(told(variables) == "no credentials from shared files: no such profile: rr");
  variables["AWS_PROFILE"] = "region";  // a profile without keys
  variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = server.url();
  CHECK(told(variables) ==
        "no credentials from container: the container service answered HTTP 403");
}

TEST_CASE("a token service without an answer is asked again, and no other source is used") {
  const Files files;
  int answers = 0;
  ScriptedServer sts([&](const test::SeenRequest&) {
    if (answers-- > 0) return Answer(200, sts_answer("AssumeRoleWithWebIdentity", "W"));
    return Answer(500);
  });
  CredentialsProvider provider(default_sources(options_with(beside_other_keys(files, sts))));
  try {
    (void)provider.get(FakeCall());
    FAIL("another place's credentials");
  } catch (const sdk::Error& error) {
    CHECK(error.status() == BERTH_STATUS_UNAVAILABLE);
    CHECK(error.retryable());
    CHECK(error.message() ==
          "no credentials from web identity for now: the token service answered HTTP 500");
  }
  CHECK(sts.count() == 3);
  answers = 1;
  CHECK(provider.get(FakeCall())->access_key == "W");
}

TEST_CASE("a call that ends before the token service is asked again uses no other source") {
  const Files files;
  ScriptedServer sts(
      [](const test::SeenRequest&) { return Answer(503).header("Retry-After", "15"); });
  CredentialsProvider provider(default_sources(options_with(beside_other_keys(files, sts))));
  FakeCall call;
  call.expire_at(std::chrono::steady_clock::now() + std::chrono::seconds(10));
  CHECK(test::status_of([&] { (void)provider.get(call); }) == BERTH_STATUS_DEADLINE_EXCEEDED);
}

TEST_CASE("some errors of the token service with status 400 are temporary") {
  const std::map<const char*, bool> codes = {{"Throttling", true},
                                             {"ThrottlingException", true},
                                             {"RequestLimitExceeded", true},
                                             {"IDPCommunicationError", true},
                                             {"IDPRejectedClaim", false}};
  for (const auto& entry : codes) {
    const char* const code = entry.first;
    CAPTURE(code);
    ScriptedServer sts([code](const test::SeenRequest&) {
      return Answer(400, std::string("<ErrorResponse><Error><Code>") + code +
                             "</Code></Error></ErrorResponse>");
    });
    const Files files;
    const auto source = web_identity_source(options_with(web_identity(files.write("t", "x"), sts)));
    const Found found = source->find(FakeCall());
    CHECK(found.failed == entry.second);
    CHECK(found.reason == std::string("the token service answered HTTP 400 ") + code);
    CHECK(sts.count() == (entry.second ? 3 : 1));
  }
}

TEST_CASE("requests to a container's service have its token") {
  ScriptedServer server({Answer(200, metadata)});
  const auto source = container_source(
      options_with({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", server.url() + "/creds?x=1"},
                    {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "Bearer x"}}));
  CHECK(source->find(FakeCall()).credentials->access_key == "ROLE");
  CHECK(server.requests().at(0).target == "/creds?x=1");
  CHECK(server.requests().at(0).header("Authorization") == "Bearer x");
}

TEST_CASE("a container's service on another machine must be https") {
  const auto source = container_source(
      options_with({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/creds"}}));
  CHECK(source->find(FakeCall()).reason.find("must be https or a local address") !=
        std::string::npos);
}

TEST_CASE("a name that looks like a loopback address is not one") {
  const auto source = container_source(
      options_with({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.example.com/creds"}}));
  CHECK(source->find(FakeCall()).reason.find("must be https or a local address") !=
        std::string::npos);
}

TEST_CASE("a container's token is read from its file each time") {
  ScriptedServer server({Answer(200, metadata), Answer(200, metadata)});
  const Files files;
  const std::string token = files.write("token", "one\n");
  const auto source =
      container_source(options_with({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", server.url()},
                                     {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token}}));
  CHECK(source->find(FakeCall()).credentials);
  files.write("token", "two");
  CHECK(source->find(FakeCall()).credentials);
  CHECK(server.requests().at(0).header("Authorization") == "one");
  CHECK(server.requests().at(1).header("Authorization") == "two");
}

TEST_CASE("a profile's role is assumed with the keys of the source that the profile names") {
  ScriptedServer sts(
      [](const test::SeenRequest&) { return Answer(200, sts_answer("AssumeRole", "ROLE")); });
  ScriptedServer container({Answer(200, metadata)});
  const Files files;
  for (const char* place : {"Environment", "EcsContainer"}) {
    Variables variables = files.variables(std::string("[default]\nrole_arn = arn:x\n") +
                                          "credential_source = " + place + "\n");
    variables["AWS_ENDPOINT_URL_STS"] = sts.url();
    variables["AWS_ACCESS_KEY_ID"] = "ENV";
    variables["AWS_SECRET_ACCESS_KEY"] = "s";
    variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = container.url();
    CHECK(shared_files_source(options_with(variables))->find(FakeCall()).credentials);
  }
  CHECK(sts.requests().at(0).header("Authorization").find("Credential=ENV/") != std::string::npos);
  CHECK(sts.requests().at(1).header("Authorization").find("Credential=ROLE/") != std::string::npos);
}

TEST_CASE("a profile's role may be assumed by a token file") {
  ScriptedServer sts({Answer(200, sts_answer("AssumeRoleWithWebIdentity", "W"))});
  const Files files;
  const std::string token = files.write("token", "jwt");
  Variables variables =
      files.variables("[default]\nrole_arn = arn:x\nweb_identity_token_file = " + token + "\n");
  variables["AWS_ENDPOINT_URL_STS"] = sts.url();
  const Found found = shared_files_source(options_with(variables))->find(FakeCall());
  REQUIRE(found.credentials);
  CHECK(found.credentials->access_key == "W");
  CHECK(sts.requests().at(0).body.find("WebIdentityToken=jwt") != std::string::npos);
}

TEST_CASE("an instance's role is read by version 2 of the metadata service") {
  ScriptedServer server({Answer(200, "TOKEN"), Answer(200, "my-role\n"), Answer(200, metadata)});
  const auto source =
      instance_source(options_with({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", server.url()}}));
  CHECK(source->find(FakeCall()).credentials->access_key == "ROLE");
  const auto requests = server.requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests[0].method == "PUT");
  CHECK(requests[2].target == "/latest/meta-data/iam/security-credentials/my-role");
  CHECK(requests[2].header("X-aws-ec2-metadata-token") == "TOKEN");
}

TEST_CASE("a silent metadata service costs about a second, not a minute") {
  ScriptedServer server({Answer::silence()});
  const auto source =
      instance_source(options_with({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", server.url()}}));
  const auto start = std::chrono::steady_clock::now();
  CHECK_FALSE(source->find(FakeCall()).credentials);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(4));
}

TEST_CASE("a temporary failure of an instance's service does not mean that it is missing") {
  const auto fails = [](std::vector<Answer> answers) {
    ScriptedServer server(std::move(answers));
    return instance_source(options_with({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", server.url()}}))
        ->find(FakeCall())
        .failed;
  };
  CHECK(fails({Answer(503)}));
  CHECK(fails({Answer(200, "TOKEN"), Answer(500)}));
  CHECK(fails({Answer(200, "TOKEN"), Answer::silence()}));
  CHECK_FALSE(fails({Answer(200, "TOKEN"), Answer(404)}));
  CHECK_FALSE(fails({Answer::silence()}));  // not an EC2 instance
}

TEST_CASE("an instance's service that a profile names must answer") {
  ScriptedServer server({Answer::silence()});
  const Files files;
  Variables variables =
      files.variables("[default]\nrole_arn = arn:x\ncredential_source = Ec2InstanceMetadata\n");
  variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = server.url();
  CHECK(shared_files_source(options_with(variables))->find(FakeCall()).failed);
}

TEST_CASE("AWS_EC2_METADATA_DISABLED prevents requests to the metadata service") {
  ScriptedServer server(std::vector<Answer>{});
  const auto source =
      instance_source(options_with({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", server.url()},
                                    {"AWS_EC2_METADATA_DISABLED", "true"}}));
  CHECK(source->find(FakeCall()).reason == "AWS_EC2_METADATA_DISABLED is true");
  CHECK(server.count() == 0);
}

TEST_CASE("without any credentials the error lists what each source reported") {
  const Files files;
  Variables variables = files.variables("");
  variables["AWS_EC2_METADATA_DISABLED"] = "true";
  CredentialsProvider provider(default_sources(options_with(variables)));
  try {
    (void)provider.get(FakeCall());
    FAIL("credentials out of nothing");
  } catch (const sdk::Error& error) {
    CHECK(error.status() == BERTH_STATUS_UNAUTHENTICATED);
    CHECK(error.message() ==
          "no credentials found; give accesskey and secretkey, or one of these (environment: "
          "AWS_ACCESS_KEY_ID is not set; web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set; "
          "shared files: no such profile: default; container: "
          "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and _FULL_URI are not set; instance metadata: "
          "AWS_EC2_METADATA_DISABLED is true)");
  }
}

TEST_CASE("credentials that the service calls expired are renewed once") {
  common::Time now{};
  std::atomic<int> asked{0};
  std::vector<std::unique_ptr<CredentialsSource>> sources;
  sources.push_back(std::make_unique<CountingSource>(now, std::chrono::hours(1), asked));
  CredentialsProvider provider(std::move(sources), [&now] { return now; });
  const auto first = provider.get(FakeCall());
  CHECK(provider.expire(first));
  CHECK(provider.get(FakeCall())->access_key == "2");
  CHECK(provider.expire(first));  // another thread reports the old ones late
  CHECK(provider.get(FakeCall())->access_key == "2");
}

TEST_CASE("fixed credentials are not renewed") {
  CredentialsProvider provider(Credentials{"a", "s", "", {}});
  CHECK_FALSE(provider.expire(provider.get(FakeCall())));
}
