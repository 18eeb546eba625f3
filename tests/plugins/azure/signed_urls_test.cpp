// SPDX-License-Identifier: Apache-2.0
//
// URLs of a store that has tokens only: they are signed with a key that the service hands out.
#include <doctest/doctest.h>

#include <chrono>

#include "common/dates.hpp"
#include "scripted_store.hpp"
#include "token_store.hpp"

using namespace berth;
using namespace berth::test;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

Answer delegation_key(const SeenRequest&) {
  return Answer(200,
                "\xEF\xBB\xBF<?xml version=\"1.0\"?><UserDelegationKey><SignedOid>oid</SignedOid>"
                "<SignedTid>tid</SignedTid><SignedStart>start</SignedStart>"
                "<SignedExpiry>end</SignedExpiry><SignedService>b</SignedService>"
                "<SignedVersion>2021-08-06</SignedVersion><Value>a2V5</Value></UserDelegationKey>");
}

std::string url_of(sdk::Driver& driver, std::chrono::milliseconds life) {
  return driver.url_for("/a", {"GET", life}, FakeCall());
}

// How long from now on, by the element of the request for a key.
minutes from_now(const SeenRequest& request, const std::string& element) {
  const size_t at = request.body.find('<' + element + '>') + element.size() + 2;
  const auto time =
      common::parse_iso_date(request.body.substr(at, request.body.find('<', at) - at));
  REQUIRE(time);
  const std::chrono::nanoseconds since(*time);
  return std::chrono::round<minutes>(since - std::chrono::system_clock::now().time_since_epoch());
}

}  // namespace

TEST_CASE("one key signs all URLs, short and long") {
  TokenStore store(delegation_key);
  const std::string url = url_of(*store.driver, minutes(20));
  CHECK(contains(url, "&skoid=oid&sktid=tid&skt=start&ske=end&sks=b&skv=2021-08-06&sig="));
  url_of(*store.driver, hours(167));
  REQUIRE(store.service.count() == 1);
  const SeenRequest request = store.service.requests().at(0);
  CHECK(request.method == "POST");
  CHECK(request.target == "/acct/?restype=service&comp=userdelegationkey");
  CHECK(request.header("Authorization") == "Bearer t1");
}

TEST_CASE("the key's time suits a service whose clock is behind ours") {
  TokenStore store(delegation_key);
  url_of(*store.driver, minutes(20));
  const SeenRequest request = store.service.requests().at(0);
  CHECK(from_now(request, "Start") == -minutes(15));
  CHECK(from_now(request, "Expiry") == hours(7 * 24) - minutes(15));
}

TEST_CASE("a URL that no key could outlive is refused") {
  TokenStore store(delegation_key);
  CHECK(message_of([&] { url_of(*store.driver, hours(168)); }) ==
        "the driver signs URLs for at most 167 hours");
  CHECK(store.service.count() == 0);
}
