// SPDX-License-Identifier: Apache-2.0
//
// Logging in at a real Keystone (tests/servers/keystone.sh), for a Swift that trusts it (the second
// proxy of tests/servers/swift.sh). What Keystone has no more, version 2, is scripted elsewhere.
#include <doctest/doctest.h>

#include "real_service.hpp"
#include "uploads.hpp"
#include "writer.hpp"

namespace berth::test {
namespace {

std::string keystone(const char* name) {
  return environment((std::string("BERTH_KEYSTONE_") + name).c_str(), "tests/servers/keystone.sh");
}

Given at_keystone(Given more) {
  (void)environment("BERTH_SWIFT_KEYSTONE_PROXY", "tests/servers/swift.sh");
  more.emplace("authurl", keystone("AUTH"));
  more.emplace("container", "keystone-tests");
  return more;
}

Given by_password(Given more = {}) {
  more.emplace("username", keystone("USER"));
  more.emplace("password", keystone("PASSWORD"));
  more.emplace("domain", keystone("DOMAIN"));
  return at_keystone(std::move(more));
}

Given by_project() {
  return by_password({{"tenant", keystone("PROJECT")}});
}

// Whether one can work in the account: write, read, list and remove.
bool works(const Given& given) {
  const RealStore store(given);
  put(*store, "/a", "content");
  return get(*store, "/a") == "content" && list(*store, "/").size() == 1;
}

std::string token_of(swift::Container& container) {
  return container.requests().session(FakeCall())->token;
}

// Takes it back, and waits until Swift, which keeps tokens for a second, has noticed.
void revoke(swift::Container& container) {
  const auto session = container.requests().session(FakeCall());
  const std::string& token = session->token;
  const auto answer = plain_request("DELETE", keystone("AUTH") + "/auth/tokens",
                                    {{"X-Auth-Token", token}, {"X-Subject-Token", token}});
  REQUIRE(answer.status == 204);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (plain_request("HEAD", session->account.text(), {{"X-Auth-Token", token}}).status != 401)
    REQUIRE(std::chrono::steady_clock::now() < end);
}

}  // namespace

TEST_CASE("a password opens a project that is named, or given by its id") {
  CHECK(works(by_project()));
  CHECK(works(by_password({{"tenantid", keystone("PROJECT_ID")}})));
  Given by_ids = by_password({{"tenantid", keystone("PROJECT_ID")}});
  by_ids.erase("domain");
  by_ids["domainid"] = keystone("DOMAIN_ID");
  by_ids["endpointtype"] = "internal";
  by_ids["region"] = keystone("REGION");
  CHECK(works(by_ids));
  CHECK(
      works(by_password({{"tenant", keystone("PROJECT")}, {"tenantdomain", keystone("DOMAIN")}})));
}

TEST_CASE("an application credential works by its id, and by its name and user") {
  const std::string secret = keystone("APPCRED_SECRET");
  CHECK(works(at_keystone({{"applicationcredentialid", keystone("APPCRED_ID")},
                           {"applicationcredentialsecret", secret}})));
  CHECK(works(at_keystone({{"applicationcredentialname", keystone("APPCRED_NAME")},
                           {"applicationcredentialsecret", secret},
                           {"username", keystone("USER")},
                           {"domain", keystone("DOMAIN")}})));
}

TEST_CASE("a trust opens the project of the one who gave it") {
  CHECK(works(at_keystone({{"username", keystone("TRUSTEE")},
                           {"password", keystone("TRUSTEE_PASSWORD")},
                           {"domain", keystone("DOMAIN")},
                           {"trustid", keystone("TRUST_ID")}})));
}

TEST_CASE("a token is exchanged for one of the project") {
  const std::string token = token_of(*container(by_project()));
  CHECK(works(at_keystone({{"token", token}, {"tenantid", keystone("PROJECT_ID")}})));
}

TEST_CASE("a domain's token opens no account, and the error says what is missing") {
  CHECK(message_of([] { RealStore store(by_password()); }) ==
        "the catalog of " + keystone("AUTH") +
            " has no public endpoint of an object store; is a project given that has one?");
}

TEST_CASE("what Keystone refuses is an error that says what to check") {
  Given wrong = by_project();
  wrong["password"] = "wrong";
  const auto log_in = [&] { RealStore store(wrong); };
  CHECK(status_of(log_in) == BERTH_STATUS_UNAUTHENTICATED);
  CHECK(message_of(log_in) == "cannot log in at " + keystone("AUTH") +
                                  ": the service refuses the user or the password; check domain "
                                  "and tenant too");
  Given nowhere = by_project();
  nowhere["region"] = "RegionTwo";
  CHECK(message_of([&] { RealStore store(nowhere); }) ==
        "the catalog of " + keystone("AUTH") +
            " has no public endpoint of an object store in region 'RegionTwo'; there is one in: "
            "RegionOne");
}

TEST_CASE(
    "a token that is taken back in the middle of an upload is replaced, and nothing is lost") {
  const auto place = container(by_project());
  const swift::SegmentPlans plans(*place);
  const std::string object = place->settings().below_prefix("files/large");
  const std::string bytes = noise(3 * swift::mebibyte + 1);
  const std::string first = token_of(*place);
  const auto writer = swift::open_writer(*place, plans, object, {}, FakeCall());
  write(*writer, bytes.substr(0, 2 * swift::mebibyte));
  revoke(*place);
  write(*writer, bytes.substr(2 * swift::mebibyte));
  commit(*writer);
  CHECK(token_of(*place) != first);
  const auto info = place->find(object, FakeCall());
  REQUIRE(info);
  CHECK(info->size == bytes.size());
  swift::LargeObjects large(*place);
  place->remove(large.owned({object}, FakeCall()), FakeCall());
  place->remove(std::vector{object}, FakeCall());
}

}  // namespace berth::test
