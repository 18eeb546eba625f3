// SPDX-License-Identifier: Apache-2.0
//
// Redirects: to another region, to another host, and in a loop.
#include <doctest/doctest.h>

#include "scripted_store.hpp"

using namespace berth;
using namespace berth::test;

TEST_CASE("requests go to the bucket's region from then on, however the service reports it") {
  const std::string region = "eu-west-9";
  for (const Answer& hint :
       {error_answer(400, "AuthorizationHeaderMalformed", "<Region>eu-west-9</Region>"),
        error_answer(301, "PermanentRedirect").header("x-amz-bucket-region", region),
        error_answer(307, "TemporaryRedirect").header("x-amz-bucket-region", region)}) {
    CAPTURE(hint.status());
    ScriptedStore store({hint, Answer(200), Answer(200)});
    put(*store.driver, "/k", "x");
    put(*store.driver, "/k", "y");
    const auto requests = store.server.requests();
    REQUIRE(requests.size() == 3);
    for (const std::size_t i : {1, 2})
      CHECK(contains(requests[i].header("Authorization"), "/eu-west-9/s3/"));
  }
}

TEST_CASE("a redirect without region and location is an error") {
  for (const int status : {301, 307}) {
    ScriptedStore store({error_answer(status, "PermanentRedirect")});
    CHECK(message_of([&] { put(*store.driver, "/k", "x"); }) ==
          "cannot write 'k': the bucket is at another endpoint");
    CHECK(store.server.count() == 1);
  }
}

TEST_CASE("two hosts that redirect to each other are an error, not a loop") {
  std::string first;
  ScriptedServer second(
      [&](const SeenRequest&) { return Answer(307).header("Location", first + "/b/k"); });
  ScriptedStore store(
      [&](const SeenRequest&) { return Answer(307).header("Location", second.url() + "/b/k"); });
  first = store.server.url();
  CHECK(status_of([&] { put(*store.driver, "/k", "x"); }) == BERTH_STATUS_UNKNOWN);
  CHECK(store.server.count() == 1);
  CHECK(second.count() == 1);
}

TEST_CASE("a region that is wrong twice is an error, not a loop") {
  ScriptedStore store([count = std::make_shared<int>(0)](const SeenRequest&) {
    return Answer(301).no_body().header("x-amz-bucket-region", "r" + std::to_string(++*count));
  });
  CHECK(status_of([&] { stat(*store.driver, "/k"); }) == BERTH_STATUS_UNKNOWN);
  CHECK(store.server.count() == 2);
}

TEST_CASE("an invalid region is not followed") {
  ScriptedStore store([](const SeenRequest&) {
    return Answer(301).no_body().header("x-amz-bucket-region", "x.example.com/y");
  });
  CHECK(status_of([&] { stat(*store.driver, "/k"); }) == BERTH_STATUS_UNKNOWN);
  CHECK(store.server.count() == 1);
}

TEST_CASE("after a redirect on the same host the request is signed and sent again") {
  ScriptedServer other({Answer(200)});
  ScriptedStore store({Answer(307).header("Location", other.url() + "/b/k")});
  const std::string bytes(mib, 'x');
  put(*store.driver, "/k", bytes);
  REQUIRE(other.count() == 1);
  const SeenRequest request = other.requests().at(0);
  CHECK(request.body == bytes);
  CHECK(request.header("Host") == other.url().substr(7));
  CHECK(request.target == "/b/k");
}

TEST_CASE("a redirect to another host gets neither data nor signature") {
  ScriptedStore store({Answer(307).header("Location", "http://evil.example/b/k")});
  CHECK(status_of([&] { put(*store.driver, "/k", "x"); }) == BERTH_STATUS_UNKNOWN);
  CHECK(store.server.count() == 1);
}
