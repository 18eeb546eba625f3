// SPDX-License-Identifier: Apache-2.0
#include "common/http/proxy.hpp"

#include <doctest/doctest.h>

#include "fixture.hpp"

namespace berth::http {
namespace {

using namespace test;

// No proxy of the machine that runs the tests gets in the way.
struct Unset {
  Variable a{"https_proxy", ""}, b{"HTTPS_PROXY", ""}, c{"http_proxy", ""}, d{"HTTP_PROXY", ""};
  Variable e{"all_proxy", ""}, f{"ALL_PROXY", ""}, g{"no_proxy", ""}, h{"NO_PROXY", ""};
};

ClientOptions with_proxy(const std::string& proxy) {
  ClientOptions options = quick_options();
  options.proxy = proxy;
  return options;
}

TEST_CASE("the environment chooses by scheme, lower case first") {
  const Unset unset;
  CHECK(Proxy::choose("", "https").url.empty());
  const Variable upper("HTTPS_PROXY", "http://upper:1");
  CHECK(Proxy::choose("", "https").origin == "HTTPS_PROXY");
  const Variable lower("https_proxy", "http://lower:1");
  CHECK(Proxy::choose("", "https").shown == "lower:1");
  CHECK(Proxy::choose("", "http").url.empty());
  const Variable all("all_proxy", "socks5://all:1");
  CHECK(Proxy::choose("", "http").shown == "all:1");
}

TEST_CASE("HTTP_PROXY in capitals is not trusted") {
  const Unset unset;
  const Variable variable("HTTP_PROXY", "http://evil:1");
  CHECK(Proxy::choose("", "http").url.empty());
}

TEST_CASE("the parameter goes before the environment, and none means none") {
  const Unset unset;
  const Variable variable("https_proxy", "http://env:1");
  CHECK(Proxy::choose("http://mine:1", "https").shown == "mine:1");
  CHECK(Proxy::choose("none", "https").url.empty());
}

TEST_CASE("a wrong proxy is an error that names the variable") {
  const Unset unset;
  const Variable variable("https_proxy", "notaurl:::");
  const auto error = error_of([] { Client client(with_proxy("")); });
  CHECK(error.status() == BERTH_STATUS_INVALID_PARAMETERS);
  CHECK(
      contains(error.message(), "the environment variable https_proxy='notaurl:::' is no proxy: "));
  CHECK(contains(error.message(), "write http://HOST:PORT or leave it out"));
}

TEST_CASE("a wrong proxy parameter is named without its password") {
  const auto error = error_of([] { Client client(with_proxy("ftp://user:hunter2@h:1")); });
  CHECK(contains(error.message(), "proxy is no proxy: 'ftp' is not spoken to proxies"));
  CHECK_FALSE(contains(error.message(), "hunter2"));
}

TEST_CASE("a plain request goes to the proxy with its whole URL") {
  const Unset unset;
  ScriptedServer proxy([](const SeenRequest&) { return Answer(200, "by proxy"); });
  Client client(with_proxy(proxy.url()));
  Request request;
  request.url = Url::parse("http://store.test:9000/b/../k?a=%2F", "url");
  CHECK(client.send(request, FakeCall()).body == "by proxy");
  CHECK(proxy.requests().at(0).target == "http://store.test:9000/b/../k?a=%2F");
  CHECK(proxy.requests().at(0).header("Host") == "store.test:9000");
}

TEST_CASE("no_proxy lets a host go directly") {
  const Unset unset;
  ScriptedServer proxy([](const SeenRequest&) { return Answer(200, "by proxy"); });
  ScriptedServer server([](const SeenRequest&) { return Answer(200, "direct"); });
  const Variable no("no_proxy", "127.0.0.1,other.test");
  Client client(with_proxy(proxy.url()));
  CHECK(client.send(request_to(server), FakeCall()).body == "direct");
}

TEST_CASE("a proxy that requires a login is named when it answers a plain request") {
  const Unset unset;
  ScriptedServer proxy([](const SeenRequest&) { return Answer(407, "who are you"); });
  Client client(with_proxy(proxy.url()));
  Request request;
  request.url = Url::parse("http://store.test/k", "url");
  const auto error = error_of([&] { client.send(request, FakeCall()); });
  CHECK(error.status() == BERTH_STATUS_UNAVAILABLE);
  CHECK_FALSE(error.retryable());
  CHECK(error.message() == "the proxy 127.0.0.1:" + std::to_string(proxy.port()) +
                               " (proxy) requires a user and password (status 407); put its user "
                               "and password into its URL: http://USER:PASSWORD@HOST:PORT");
}

TEST_CASE("a login required by a proxy that is not configured is not taken for the service's") {
  const Unset unset;
  ScriptedServer server([](const SeenRequest&) { return Answer(407); });
  Client client(quick_options());
  const auto error = error_of([&] { client.open(request_to(server), FakeCall()); });
  CHECK(contains(error.message(), "a proxy between here and 127.0.0.1"));
}

TEST_CASE("https asks the proxy for a tunnel, and its refusal is reported") {
  const Unset unset;
  ScriptedServer proxy([](const SeenRequest&) { return Answer(407); });
  Client client(with_proxy(proxy.url()));
  Request request;
  request.url = Url::parse("https://store.test/k", "url");
  request.headers.add("Authorization", "secret of the store");
  const auto error = error_of([&] { client.send(request, FakeCall()); });
  CHECK(error.status() == BERTH_STATUS_UNAVAILABLE);
  CHECK(error.message() ==
        "the proxy 127.0.0.1:" + std::to_string(proxy.port()) +
            " (proxy) refused a tunnel to store.test:443 with status 407; put "
            "its user and password into its URL: http://USER:PASSWORD@HOST:PORT");
  CHECK(proxy.requests().at(0).method == "CONNECT");
  CHECK_FALSE(proxy.requests().at(0).has("Authorization"));
}

TEST_CASE("a proxy that is not there is named") {
  const Unset unset;
  const std::string place = "127.0.0.1:" + std::to_string(closed_port());
  Client client(with_proxy("http://" + place));
  Request request;
  request.url = Url::parse("http://store.test/k", "url");
  const auto error = error_of([&] { client.send(request, FakeCall()); });
  CHECK(contains(error.message(), "store.test:80 through the proxy " + place));
}

}  // namespace
}  // namespace berth::http
