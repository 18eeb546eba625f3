// SPDX-License-Identifier: Apache-2.0
#include "common/http/url.hpp"

#include <doctest/doctest.h>

#include <berth/driver.hpp>

namespace berth::http {
namespace {

std::string complaint(std::string_view text) {
  try {
    Url::parse(text, "regionendpoint");
    return "no complaint";
  } catch (const sdk::Error& error) {
    CHECK(error.status() == BERTH_STATUS_INVALID_PARAMETERS);
    return error.message();
  }
}

TEST_CASE("an endpoint is taken apart") {
  const Url url = Url::parse("http://Example.ORG:8080/base?x=1", "regionendpoint");
  CHECK(url.scheme == "http");
  CHECK(url.host == "example.org");
  CHECK(url.port == 8080);
  CHECK(url.path == "/base");
  CHECK(url.query == "x=1");
}

TEST_CASE("an endpoint without a scheme gets the default one") {
  CHECK(Url::parse("example.org", "regionendpoint").text() == "https://example.org/");
  CHECK(Url::parse("example.org:9000", "e", "http").text() == "http://example.org:9000/");
}

TEST_CASE("the port of the scheme is not in the Host header") {
  CHECK(Url::parse("https://h:443", "e").host_header() == "h");
  CHECK(Url::parse("https://h:80", "e").host_header() == "h:80");
  CHECK(Url::parse("http://h:80", "e").host_header() == "h");
  CHECK(Url::parse("http://h", "e").authority() == "h:80");
}

TEST_CASE("an IPv6 address keeps its brackets in the header only") {
  const Url url = Url::parse("http://[::1]:9000", "e");
  CHECK(url.host == "::1");
  CHECK(url.host_header() == "[::1]:9000");
  CHECK(url.text() == "http://[::1]:9000/");
}

TEST_CASE("credentials in an endpoint are refused and not shown") {
  const std::string text = complaint("http://user:hunter2@example.org");
  CHECK(text.find("hunter2") == std::string::npos);
  CHECK(text.find("holds credentials") != std::string::npos);
  CHECK(complaint("user:hunter2@example.org").find("hunter2") == std::string::npos);
}

TEST_CASE("what is no endpoint is refused with the name of the parameter") {
  CHECK(complaint("notaurl:::") ==
        "regionendpoint='notaurl:::' is no URL of a service: Port number was not a decimal number "
        "between 0 and 65535; write https://HOST or http://HOST:PORT");
  CHECK(complaint("ftp://example.org").find("only http and https") != std::string::npos);
}

TEST_CASE("the place for logs has no query") {
  const Url url = Url::parse("https://h/k?X-Amz-Signature=abc", "e");
  CHECK(url.place() == "https://h/k");
}

}  // namespace
}  // namespace berth::http
