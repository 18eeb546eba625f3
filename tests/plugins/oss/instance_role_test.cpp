// SPDX-License-Identifier: Apache-2.0
//
// Keys of an ECS instance's role, from a metadata service that works or fails.
#include "instance_role.hpp"

#include <doctest/doctest.h>

#include "common/credentials_provider.hpp"
#include "support/driver_calls.hpp"
#include "support/scripted_server.hpp"

using namespace berth;
using namespace berth::test;

namespace {

constexpr const char* document =
    R"({"AccessKeyId":"STS.a","AccessKeySecret":"s","SecurityToken":"t","Code":"Success",)"
    R"("Expiration":"2999-01-01T00:00:00Z"})";

std::vector<std::string> targets(const ScriptedServer& server) {
  std::vector<std::string> lines;
  for (const SeenRequest& request : server.requests())
    lines.push_back(request.method + ' ' + request.target);
  return lines;
}

}  // namespace

TEST_CASE("the name of the role and its keys are requested with the service's token") {
  ScriptedServer server({Answer(200, "token"), Answer(200, "my-role\n"), Answer(200, document)});
  const common::Found found = oss::instance_role("auto", server.url())->find(FakeCall());
  REQUIRE(found.credentials);
  CHECK(found.credentials->access_key == "STS.a");
  CHECK(found.credentials->secret_key == "s");
  CHECK(found.credentials->session_token == "t");
  CHECK(found.credentials->expires);
  CHECK(targets(server) ==
        std::vector<std::string>{"PUT /latest/api/token",
                                 "GET /latest/meta-data/ram/security-credentials/",
                                 "GET /latest/meta-data/ram/security-credentials/my-role"});
  CHECK(server.requests().at(0).header("X-aliyun-ecs-metadata-token-ttl-seconds") == "300");
  CHECK(server.requests().at(2).header("X-aliyun-ecs-metadata-token") == "token");
}

TEST_CASE(
    "the keys of a named role are requested at once, without a token if the service has none") {
  ScriptedServer server({Answer(404), Answer(200, document)});
  CHECK(oss::instance_role("r", server.url())->find(FakeCall()).credentials);
  CHECK(targets(server).back() == "GET /latest/meta-data/ram/security-credentials/r");
  CHECK_FALSE(server.requests().at(1).has("X-aliyun-ecs-metadata-token"));
}

TEST_CASE("if the request for a token gets no answer, the keys are requested without one") {
  ScriptedServer server({Answer::hang_up(), Answer(200, document)});
  CHECK(oss::instance_role("r", server.url())->find(FakeCall()).credentials);
}

TEST_CASE("a temporary failure of the metadata service is not a missing role") {
  ScriptedServer server({Answer(200, "token"), Answer(503)});
  CHECK(oss::instance_role("r", server.url())->find(FakeCall()).failed);
}

TEST_CASE("an instance without that role is reported") {
  ScriptedServer server({Answer(200, "token"), Answer(404)});
  const common::Found found = oss::instance_role("r", server.url())->find(FakeCall());
  CHECK_FALSE(found.credentials);
  CHECK(found.reason == "the instance does not have this role");
}

TEST_CASE("keys are renewed before they expire") {
  int served = 0;
  ScriptedServer server([&served](const SeenRequest& request) {
    if (request.method == "PUT") return Answer(200, "token");
    return Answer(200, R"({"AccessKeyId":"k)" + std::to_string(++served) +
                           R"(","AccessKeySecret":"s","SecurityToken":"t",)"
                           R"("Expiration":"2030-01-01T00:00:00Z"})");
  });
  common::Time now{std::chrono::seconds(1'893'456'000 - 3600)};  // an hour before the end
  std::vector<std::unique_ptr<common::CredentialsSource>> sources;
  sources.push_back(oss::instance_role("r", server.url()));
  common::CredentialsProvider provider(std::move(sources), [&now] { return now; });
  CHECK(provider.get(FakeCall())->access_key == "k1");
  CHECK(provider.get(FakeCall())->access_key == "k1");
  now += std::chrono::minutes(56);
  CHECK(provider.get(FakeCall())->access_key == "k2");
}
