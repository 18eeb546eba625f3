// SPDX-License-Identifier: Apache-2.0
#include "settings.hpp"

#include <doctest/doctest.h>

#include "support/driver_calls.hpp"

namespace berth::test {
namespace {

using Given = std::map<std::string, std::string>;

swift::Settings settings(Given given) {
  given.emplace("authurl", "https://id.example:5000/v3");
  given.emplace("container", "images");
  const FakeParameters parameters(swift::parameter_rows, given);
  return swift::Settings(parameters.parameters());
}

swift::Settings of_user(Given given) {
  given.emplace("username", "u");
  given.emplace("password", "p");
  return settings(std::move(given));
}

std::string refusal(const Given& given) {
  return message_of([&] { (void)settings(given); });
}

int version(const char* authurl) {
  return of_user({{"authurl", authurl}}).identity.version;
}

}  // namespace

TEST_CASE("what a registry's section leaves out has the registry's defaults") {
  const auto s = of_user({});
  CHECK(s.chunk_size == 20 * 1024 * 1024);
  CHECK(s.identity.interface == "public");
  CHECK(s.below_prefix("files") == "files");
  CHECK_FALSE(s.client.skipverify);
  CHECK_FALSE(s.container_key);
  CHECK_FALSE(s.registry_layout);
}

TEST_CASE("the version is that of the identity service's path, unless it is given") {
  CHECK(version("http://h/auth/v1.0") == 1);
  CHECK(version("http://h/auth") == 1);
  CHECK(version("http://h:5000/v2.0") == 2);
  CHECK(version("http://h/identity/v3") == 3);
  CHECK(of_user({{"authurl", "http://h/identity"}, {"authversion", "2"}}).identity.version == 2);
  CHECK(refusal({{"authurl", "http://h/identity"}}) ==
        "authversion is needed, since authurl holds neither v1, v2 nor v3");
}

TEST_CASE("an application credential stands for user and password, and needs version 3") {
  const auto s = settings({{"authurl", "http://h/identity"},
                           {"applicationcredentialid", "id"},
                           {"applicationcredentialsecret", "s"}});
  CHECK(s.identity.version == 3);
  CHECK(refusal({{"applicationcredentialid", "id"}}) == "applicationcredentialsecret is missing");
  CHECK(refusal({{"applicationcredentialname", "n"}, {"applicationcredentialsecret", "s"}}) ==
        "applicationcredentialname needs username; applicationcredentialid does not");
  CHECK(refusal({{"applicationcredentialid", "id"},
                 {"applicationcredentialsecret", "s"},
                 {"authversion", "2"}}) == "an application credential needs authversion 3");
  CHECK(refusal({{"applicationcredentialid", "id"},
                 {"applicationcredentialsecret", "s"},
                 {"trustid", "t"}}) == "trustid excludes an application credential");
}

TEST_CASE("who we are must be told in one of the ways") {
  CHECK(refusal({}) == "username is missing, or an application credential");
  CHECK(refusal({{"username", "u"}}) == "password is missing");
  CHECK(settings({{"token", "t"}}).identity.token == "t");
  CHECK(refusal({{"token", "t"}, {"authversion", "1"}}) == "token needs authversion 3");
}

TEST_CASE("container and prefix lose outer slashes, and a container has none inside") {
  const auto s = of_user({{"container", "/images/"}, {"prefix", "/reg/one/"}});
  CHECK(s.container == "images");
  CHECK(s.below_prefix("files") == "reg/one/files");
  CHECK(message_of([] {
          of_user({{"container", "a/b"}});
        }) == "container 'a/b' holds a slash; put the path into prefix");
  CHECK(message_of([] { of_user({{"container", "/"}}); }) == "container is empty");
  CHECK(message_of([] {
          of_user({{"container", std::string(257, 'c')}});
        }) == "container is longer than 256 bytes");
}

TEST_CASE("the methods of URLs may be words or a list, in either case") {
  const std::vector<std::string> expected{"GET", "HEAD"};
  CHECK(of_user({{"tempurlmethods", "GET,HEAD"}}).url_methods == expected);
  CHECK(of_user({{"tempurlmethods", "get head"}}).url_methods == expected);
  CHECK(of_user({{"tempurlmethods", R"(["GET", "HEAD"])"}}).url_methods == expected);
}

}  // namespace berth::test
