// SPDX-License-Identifier: Apache-2.0
#include "config/row_check.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace {

using nlohmann::json;
using Pointers = std::vector<std::string>;

berth::DriverInfo driver() {
  berth::DriverInfo info;
  for (const char* key : {"bucket", "password", "proxy", "credentials.secret"}) {
    auto& row = info.parameters.emplace_back();
    row.key = key;
    row.secret = row.key != "bucket";
  }
  return info;
}

Pointers found(const char* parameters) {
  return berth::config::clear_secrets(json::parse(parameters), driver());
}

}  // namespace

TEST_CASE("a secret in clear text is found by its row, in groups too, but not a reference") {
  CHECK(found(R"({"bucket": "b", "Password": "p"})") == Pointers{"/Password"});
  CHECK(found(R"({"credentials": {"secret": "s"}})") == Pointers{"/credentials/secret"});
  CHECK(found(R"({"password": 1234})") == Pointers{"/password"});
  CHECK(found(R"({"password": {"env": "P"}, "credentials": {"secret": {"file": "s"}}})").empty());
}

TEST_CASE("a proxy is a secret in clear text only with a password in it") {
  for (const char* value :
       {"none", "", "http://proxy:3128", "http://proxy.example:3128/", "socks5h://[::1]:1080"})
    CHECK_MESSAGE(found(json{{"proxy", value}}.dump().c_str()).empty(), value);
  CHECK(found(R"({"proxy": null})").empty());
  CHECK(found(R"({"proxy": "http://user:password@proxy:3128"})") == Pointers{"/proxy"});
  CHECK(found(R"({"proxy": "user:password@proxy:3128"})") == Pointers{"/proxy"});
}

TEST_CASE("a URL with a place to hide a secret in is taken for one") {
  for (const char* value :
       {"https://h/?sig=x", "https://h/T0K3N", "sv=1&u=https://h", "://", "a://"})
    CHECK_MESSAGE(found(json{{"password", value}}.dump().c_str()) == Pointers{"/password"}, value);
}
