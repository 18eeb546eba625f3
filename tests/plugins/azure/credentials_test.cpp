// SPDX-License-Identifier: Apache-2.0
//
// Tokens from a scripted authority and a scripted metadata service, and what happens to refused
// ones.
#include "credentials.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <vector>

#include "common/credentials_provider.hpp"
#include "token_store.hpp"

using namespace berth;
using namespace berth::test;

namespace {

using Given = std::map<std::string, std::string>;

azure::Settings settings(const std::string& authority, Given given = {}) {
  given.emplace("accountname", "acct");
  given.emplace("container", "cont");
  given.emplace("authorityhost", authority);
  given.emplace("credentials.type", "default_credentials");
  given.emplace("proxy", "none");
  const FakeParameters parameters(azure::parameter_rows, given);
  return azure::Settings(parameters.parameters());
}

azure::Environment variables(Given values) {
  return [values](const char* name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

}  // namespace

TEST_CASE("a client secret is exchanged for a token of the storage service") {
  http::init();
  ScriptedServer authority({token_answer("t1")});
  const auto s = settings(authority.url(), {{"credentials.type", "client_secret"},
                                            {"credentials.clientid", "id"},
                                            {"credentials.tenantid", "ten ant"},
                                            {"credentials.secret", "s&cret"}});
  const auto sources = azure::token_sources(s, variables({}));
  REQUIRE(sources.size() == 1);
  const auto found = sources[0]->find(FakeCall());
  REQUIRE(found.credentials);
  CHECK(found.credentials->session_token == "t1");
  CHECK(authority.requests().at(0).target == "/ten%20ant/oauth2/v2.0/token");
  CHECK(authority.requests().at(0).body ==
        "client_secret=s%26cret&client_id=id&grant_type=client_credentials&"
        "scope=https%3A%2F%2Fstorage.azure.com%2F.default");
}

TEST_CASE("a workload's token file is exchanged, and read anew each time") {
  http::init();
  const TempDir dir;
  const std::string file = dir.string() + "/token";
  std::ofstream(file) << "one\n";
  ScriptedServer authority({token_answer("t1"), token_answer("t2")});
  const auto s = settings(authority.url());
  const auto sources = azure::token_sources(s, variables({{"AZURE_CLIENT_ID", "id"},
                                                          {"AZURE_TENANT_ID", "tenant"},
                                                          {"AZURE_FEDERATED_TOKEN_FILE", file}}));
  CHECK(sources.at(0)->find(FakeCall()).reason == "AZURE_CLIENT_SECRET is not set");
  CHECK(sources.at(1)->find(FakeCall()).credentials->session_token == "t1");
  std::ofstream(file) << "two\n";
  CHECK(sources.at(1)->find(FakeCall()).credentials->session_token == "t2");
  CHECK(authority.requests().at(1).body.find("client_assertion=two&") != std::string::npos);
}

TEST_CASE("the environment says which authority is asked, unless a parameter does") {
  http::init();
  ScriptedServer authority({token_answer("t1")}), other({token_answer("t2")});
  const azure::Environment environment = variables({{"AZURE_AUTHORITY_HOST", authority.url() + '/'},
                                                    {"AZURE_CLIENT_ID", "id"},
                                                    {"AZURE_TENANT_ID", "tenant"},
                                                    {"AZURE_CLIENT_SECRET", "s"}});
  const auto s = settings("");
  CHECK(azure::token_sources(s, environment).at(0)->find(FakeCall()).credentials->session_token ==
        "t1");
  CHECK(authority.requests().at(0).target == "/tenant/oauth2/v2.0/token");
  const auto told = settings(other.url());
  CHECK(
      azure::token_sources(told, environment).at(0)->find(FakeCall()).credentials->session_token ==
      "t2");
}

TEST_CASE("a managed identity is asked for at the machine's metadata service") {
  http::init();
  ScriptedServer metadata({token_answer("t1", "\"86399\"")});
  const auto s = settings("https://127.0.0.1:1", {{"credentials.clientid", "user id"}});
  const auto sources =
      azure::token_sources(s, variables({{"AZURE_POD_IDENTITY_AUTHORITY_HOST", metadata.url()}}));
  const auto found = sources.at(2)->find(FakeCall());
  REQUIRE(found.credentials);
  const auto life = *found.credentials->expires - std::chrono::system_clock::now();
  CHECK(life > std::chrono::hours(23));
  CHECK(metadata.requests().at(0).header("Metadata") == "true");
  CHECK(metadata.requests().at(0).target ==
        "/metadata/identity/oauth2/token?api-version=2018-02-01&"
        "resource=https%3A%2F%2Fstorage.azure.com%2F&client_id=user%20id");
}

TEST_CASE("an authority that refuses is told by its code, never by its text") {
  http::init();
  ScriptedServer authority(
      {Answer(401, R"({"error":"invalid_client","error_description":"secret s3cr3t"})")});
  const auto s = settings(authority.url(), {{"credentials.type", "client_secret"},
                                            {"credentials.clientid", "id"},
                                            {"credentials.tenantid", "t"},
                                            {"credentials.secret", "s"}});
  CHECK(azure::token_sources(s, variables({}))[0]->find(FakeCall()).reason ==
        "it answered 401 invalid_client");
}

TEST_CASE("an authority that does not answer for now is no missing credential") {
  http::init();
  for (const Answer& answer : {Answer(503).header("Retry-After", "0"), Answer::hang_up()}) {
    ScriptedServer authority([&](const SeenRequest&) { return answer; });
    const auto s = settings(authority.url(), {{"credentials.type", "client_secret"},
                                              {"credentials.clientid", "id"},
                                              {"credentials.tenantid", "t"},
                                              {"credentials.secret", "s"}});
    CHECK(azure::token_sources(s, variables({}))[0]->find(FakeCall()).failed);
  }
  const auto s = settings("http://127.0.0.1:1");
  const auto managed = azure::token_sources(
      s, variables({{"AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:1"}}));
  CHECK_FALSE(managed.back()->find(FakeCall()).failed);
}

TEST_CASE("a configured identity that is refused is told, and no other one is taken for it") {
  http::init();
  const TempDir dir;
  const std::string file = dir.string() + "/token";
  std::ofstream(file) << "one\n";
  const auto refusal_of = [](Given values) {
    ScriptedServer authority(
        [](const SeenRequest&) { return Answer(401, R"({"error":"invalid_client"})"); });
    ScriptedServer metadata([](const SeenRequest&) { return token_answer("another's"); });
    const auto s = settings(authority.url());
    values.insert({{"AZURE_CLIENT_ID", "id"},
                   {"AZURE_TENANT_ID", "tenant"},
                   {"AZURE_POD_IDENTITY_AUTHORITY_HOST", metadata.url()}});
    common::CredentialsProvider tokens(azure::token_sources(s, variables(values)));
    CHECK(status_of([&] { (void)tokens.get(FakeCall()); }) == BERTH_STATUS_UNAUTHENTICATED);
    CHECK(metadata.count() == 0);
    return message_of([&] { (void)tokens.get(FakeCall()); });
  };
  CHECK(refusal_of({{"AZURE_CLIENT_SECRET", "wrong"}, {"AZURE_FEDERATED_TOKEN_FILE", file}}) ==
        "no credentials from client secret: it answered 401 invalid_client");
  CHECK(refusal_of({{"AZURE_FEDERATED_TOKEN_FILE", file}}) ==
        "no credentials from workload identity: it answered 401 invalid_client");
  CHECK(refusal_of({{"AZURE_FEDERATED_TOKEN_FILE", file + "s"}}) ==
        "no credentials from workload identity: cannot read the token file " + file + "s");
}

TEST_CASE("a token that the service refuses is replaced once") {
  TokenStore store([](const SeenRequest& request) {
    if (request.header("Authorization") != "Bearer t2") return Answer(401);
    return Answer(200, "hello").header("ETag", "\"e\"");
  });
  CHECK(get(*store.driver, "/a") == "hello");
  CHECK(get(*store.driver, "/a") == "hello");
  CHECK(store.given == 2);
  CHECK(store.service.count() == 3);
}

TEST_CASE("an authority that does not answer is waited for as long as the call lasts, no longer") {
  using Clock = std::chrono::steady_clock;
  TokenStore store([](const SeenRequest&) { return Answer(200, "x"); }, std::chrono::seconds(20));
  const std::vector<std::function<void(const sdk::Call&)>> operations{
      [&](const sdk::Call& call) {
        GrowingBuffer into;
        store.driver->get("/a", into.buffer(), call);
      },
      [&](const sdk::Call& call) { store.driver->reader("/a", {}, call); },
      [&](const sdk::Call& call) { store.driver->put("/a", "x", {}, call); },
      [&](const sdk::Call& call) { store.driver->remove("/a", {}, call); }};
  for (const auto& operation : operations) {
    const auto start = Clock::now();
    FakeCall call;
    call.expire_at(start + std::chrono::milliseconds(200));
    CHECK(status_of([&] { operation(call); }) == BERTH_STATUS_DEADLINE_EXCEEDED);
    CHECK(Clock::now() - start < std::chrono::seconds(2));
  }
}
