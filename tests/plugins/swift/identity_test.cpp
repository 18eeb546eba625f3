// SPDX-License-Identifier: Apache-2.0
#include "identity.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "support/driver_calls.hpp"

namespace berth::test {
namespace {

using nlohmann::json;

swift::Identity of_version(int version) {
  swift::Identity who;
  who.version = version;
  who.auth_url = http::Url::parse("https://id.example:5000/v3", "authurl");
  who.user = "u";
  who.password = "secret";
  who.interface = "public";
  return who;
}

http::Response answer_of(int status, const json& body) {
  http::Response answer;
  answer.status = status;
  answer.body = body.dump();
  answer.headers.add("X-Subject-Token", "t");
  return answer;
}

json token_v3() {
  const auto endpoint = [](const char* region, const char* interface) {
    return json{{"region_id", region},
                {"interface", interface},
                {"url", std::string("https://") + region + '-' + interface + ".example/v1/KEY_p"}};
  };
  json service{{"type", "object-store"}};
  service["endpoints"] =
      json::array({endpoint("one", "admin"), endpoint("one", "public"), endpoint("two", "public")});
  json token{{"expires_at", "2026-11-25T05:00:00.000000Z"}};
  token["catalog"] = json::array({json{{"type", "identity"}}, service});
  return json{{"token", token}};
}

}  // namespace

TEST_CASE("a project by name is looked for in the user's domain unless it has its own") {
  swift::Identity who = of_version(3);
  who.project = "p";
  who.domain = "d";
  json document = json::parse(swift::login_document(who));
  CHECK(document["auth"]["scope"]["project"] ==
        json::parse(R"({"name":"p","domain":{"name":"d"}})"));
  CHECK(document["auth"]["identity"]["password"]["user"]["domain"]["name"] == "d");
  who.project_domain_id = "7";
  document = json::parse(swift::login_document(who));
  CHECK(document["auth"]["scope"]["project"]["domain"]["id"] == "7");
}

TEST_CASE("without a project the domain is the scope, and a trust comes first") {
  swift::Identity who = of_version(3);
  who.domain_id = "d";
  json scope = json::parse(swift::login_document(who))["auth"]["scope"];
  CHECK(scope == json::parse(R"({"domain":{"id":"d"}})"));
  who.trust_id = "t";
  scope = json::parse(swift::login_document(who))["auth"]["scope"];
  CHECK(scope == json::parse(R"({"OS-TRUST:trust":{"id":"t"}})"));
}

TEST_CASE("an application credential is sent without a scope and without a password") {
  swift::Identity who = of_version(3);
  who.credential_id = "id";
  who.credential_secret = "s";
  const json auth = json::parse(swift::login_document(who))["auth"];
  CHECK(auth == json::parse(R"({"identity":{"methods":["application_credential"],
    "application_credential":{"id":"id","secret":"s"}}})"));
}

TEST_CASE("version 2 names the tenant by id where there is one") {
  swift::Identity who = of_version(2);
  who.project = "p";
  who.project_id = "7";
  CHECK(
      json::parse(swift::login_document(who)) ==
      json::parse(
          R"({"auth":{"passwordCredentials":{"username":"u","password":"secret"},"tenantId":"7"}})"));
}

TEST_CASE("the endpoint is that of the region and the type that were asked for") {
  swift::Identity who = of_version(3);
  swift::Session session = swift::read_login(who, answer_of(201, token_v3()));
  CHECK(session.token == "t");
  CHECK(session.account.text() == "https://one-public.example/v1/KEY_p");
  CHECK(session.expires.has_value());
  who.region = "two";
  session = swift::read_login(who, answer_of(201, token_v3()));
  CHECK(session.account.host == "two-public.example");
}

TEST_CASE("a region without an endpoint is an error that names the others") {
  swift::Identity who = of_version(3);
  who.region = "three";
  CHECK(message_of([&] { (void)swift::read_login(who, answer_of(201, token_v3())); }) ==
        "the catalog of https://id.example:5000/v3 has no public endpoint of an object store in "
        "region 'three'; there is one in: one, two");
}

TEST_CASE("a refused login says what to check and never the password") {
  const swift::Identity who = of_version(3);
  const auto read = [&] { (void)swift::read_login(who, answer_of(401, json::object())); };
  CHECK(status_of(read) == BERTH_STATUS_UNAUTHENTICATED);
  CHECK(message_of(read) ==
        "cannot log in at https://id.example:5000/v3: the service refuses the user or the "
        "password; check domain and tenant too");
}

TEST_CASE("an answer that is no token says which version was spoken") {
  const swift::Identity who = of_version(3);
  CHECK(message_of([&] {
          (void)swift::read_login(who, answer_of(200, json{{"x", 1}}));
        }) ==
        "https://id.example:5000/v3 does not answer like an identity service of version 3; check "
        "authurl and authversion");
}

}  // namespace berth::test
