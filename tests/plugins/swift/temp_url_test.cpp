// SPDX-License-Identifier: Apache-2.0
//
// The signatures are those of Python's hmac over the same text.
#include "temp_url.hpp"

#include <doctest/doctest.h>

#include "scripted_store.hpp"

namespace berth::test {

TEST_CASE("a URL's signature is the keyed digest of method, time and path") {
  const auto sign = [](const char* digest) {
    return swift::url_signature(digest, "mykey", "GET", 1'400'000'000,
                                "/v1/AUTH_account/container/an object");
  };
  CHECK(sign("sha1") == "d3f5a2a1c5ab73ede7c4dd6fd5f9ea421eb27d0b");
  CHECK(sign("sha256") == "36cd50a51535d46960ccce5b1049815314b84739baa9e9c69726d9a89ed0a061");
  CHECK(sign("sha512").substr(0, 64) ==
        "352ea3cf3718abf40acc690b25cbb6d3cd6d7107af9d2377c9c60bde5a2d730c");
}

TEST_CASE("the digest is the best that the service offers, sha1 where it does not tell") {
  CHECK(swift::choose_digest({"sha1", "sha512", "sha256"}) == "sha256");
  CHECK(swift::choose_digest({"sha512", "sha1"}) == "sha512");
  CHECK(swift::choose_digest({}) == "sha1");
}

TEST_CASE("the key is the container's where Swift is new enough, and never at Ceph's gateway") {
  const auto container_keys = [](const char* swift) {
    return swift::read_features(std::string(R"({"swift": )") + swift + "}").container_keys;
  };
  CHECK(container_keys(R"({"version": "2.30.1", "max_object_name_length": 1024})"));
  CHECK_FALSE(container_keys(R"({"version": "2.2.2", "max_object_name_length": 1024})"));
  CHECK_FALSE(container_keys(R"({"version": "16.2.15", "max_object_name_size": 1024})"));
}

TEST_CASE("a method that the service does not offer is refused, with its name") {
  const std::string info = R"({"swift": {}, "tempurl": {"methods": ["GET"]}})";
  ScriptedStore store([](const SeenRequest&) { return Answer(500); }, {}, info);
  const auto ask = [&](const char* method) {
    (void)store.driver->url_for("/a", {method, std::chrono::minutes(1)}, FakeCall());
  };
  CHECK(message_of([&] { ask("PUT"); }) == "the service does not offer URLs for PUT");
  CHECK(status_of([&] { ask("DELETE"); }) == BERTH_STATUS_UNSUPPORTED_METHOD);
}

TEST_CASE("with an access key the signature has the form of HP's cloud") {
  ScriptedStore store([](const SeenRequest&) { return Answer(204).no_body(); },
                      {{"accesskey", "KEY"}, {"tenantid", "7"}, {"secretkey", "s"}});
  const std::string url = store.driver->url_for("/a", {"GET", std::chrono::minutes(1)}, FakeCall());
  CHECK(url.find("/v1/AUTH_a/c/files/a?temp_url_sig=7%3AKEY%3A") != std::string::npos);
}

TEST_CASE(
    "where the service tells nothing of itself, methods and key are those of the parameters") {
  const auto asked = [](const char* container_key) {
    ScriptedStore store([](const SeenRequest&) { return Answer(204).no_body(); },
                        {{"tempurlmethods", "GET"}, {"tempurlcontainerkey", container_key}}, "");
    (void)store.driver->url_for("/a", {"GET", std::chrono::minutes(1)}, FakeCall());
    CHECK(status_of([&] {
            (void)store.driver->url_for("/a", {"PUT", std::chrono::minutes(1)}, FakeCall());
          }) == BERTH_STATUS_UNSUPPORTED_METHOD);
    return store.server.requests().back();
  };
  CHECK_FALSE(asked("true").header("X-Container-Meta-Temp-Url-Key").empty());
  CHECK_FALSE(asked("false").header("X-Account-Meta-Temp-Url-Key").empty());
}

// Ceph's gateway stores the key of a container, but checks URLs with the account's only.
TEST_CASE("the key of Ceph's gateway is the account's") {
  const std::string info =
      R"({"swift": {"max_object_name_size": 1024, "version": "16.2.15"}, "tempurl": {"methods": ["GET"]}})";
  ScriptedStore store([](const SeenRequest&) { return Answer(204); }, {}, info);
  (void)store.driver->url_for("/a", {"GET", std::chrono::minutes(1)}, FakeCall());
  const SeenRequest last = store.server.requests().back();
  CHECK(last.method == "POST");
  CHECK_FALSE(last.header("X-Account-Meta-Temp-Url-Key").empty());
  CHECK(last.target.find("/registry") == std::string::npos);
}

}  // namespace berth::test
