// SPDX-License-Identifier: Apache-2.0
//
// fetch_with_curl() against a scripted server.
#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include "curl_fetch.hpp"
#include "support/scripted_server.hpp"

namespace berth::conformance {
namespace {

using test::Answer;
using test::ScriptedServer;

FetchReply fetched(const std::string& method, const std::string& url,
                   const std::string& body = {}) {
  const Fetch fetch = fetch_with_curl();
  REQUIRE(fetch);
  return fetch(method, url, body);
}

TEST_CASE("a GET returns status, headers and body") {
  ScriptedServer server({Answer(200, "hello\r\n\r\nworld").header("X-Kind", "odd")});
  const FetchReply reply = fetched("GET", server.url() + "/a%20b?c=%2F");
  CHECK(reply.status == 200);
  CHECK(reply.body == "hello\r\n\r\nworld");
  CHECK(reply.headers.at("x-kind") == "odd");
  CHECK(server.requests().at(0).target == "/a%20b?c=%2F");
}

TEST_CASE("a HEAD returns the length without a body") {
  ScriptedServer server({Answer(200, "12345").no_body()});
  const FetchReply reply = fetched("HEAD", server.url());
  CHECK(reply.headers.at("content-length") == "5");
  CHECK(reply.body.empty());
}

TEST_CASE("a PUT sends the bytes with Content-Length and without Content-Type") {
  ScriptedServer server({Answer(201)});
  const std::string body("\0\n@x", 4);
  CHECK(fetched("PUT", server.url(), body).status == 201);
  CHECK(server.requests().at(0).body == body);
  CHECK(server.requests().at(0).header("Content-Length") == "4");
  CHECK_FALSE(server.requests().at(0).has("Content-Type"));
}

TEST_CASE("an HTTP 404 is returned without a retry") {
  ScriptedServer server({Answer(404, "no")});
  CHECK(fetched("GET", server.url()).status == 404);
  CHECK(server.count() == 1);
}

TEST_CASE("an HTTP 503 and a broken connection are retried") {
  ScriptedServer server({Answer(503), Answer::hang_up(), Answer(200, "here")});
  CHECK(fetched("GET", server.url()).body == "here");
}

TEST_CASE("a request without an answer throws an exception") {
  CHECK_THROWS_WITH_AS(
      fetched("GET", "http://127.0.0.1:" + std::to_string(test::closed_port()) + "/"),
      "curl got no answer to GET of the store's URL", std::runtime_error);
}

}  // namespace
}  // namespace berth::conformance
