// SPDX-License-Identifier: Apache-2.0
#include "settings.hpp"

#include <doctest/doctest.h>

#include "driver.hpp"
#include "support/driver_calls.hpp"

using namespace berth;
using namespace berth::test;

namespace {
azure::Settings settings(std::map<std::string, std::string> given) {
  given.emplace("container", "images");
  const FakeParameters parameters(azure::parameter_rows, given);
  return azure::Settings(parameters.parameters());
}
std::string refusal(const std::map<std::string, std::string>& given) {
  return message_of([&] { (void)settings(given); });
}
}  // namespace

TEST_CASE(
    "parameters of a registry 2.x are enough, and give the service's own "
    "endpoint") {
  const auto s =
      settings({{"accountname", "acme"}, {"accountkey", "a2V5"}, {"realm", "core.example"}});
  CHECK(s.endpoint.text() == "https://acme.blob.core.example");
  CHECK(s.account_key == "key");
  CHECK(s.auth == azure::Auth::shared_key);
}

TEST_CASE("a connection string gives account, key and endpoint") {
  const auto s = settings({{"connectionstring",
                            "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=a2V5PT0=;"
                            "EndpointSuffix=core.example"}});
  CHECK(s.account == "acme");
  CHECK(s.account_key == "key==");
  CHECK(s.endpoint.text() == "https://acme.blob.core.example");
}

TEST_CASE("a connection string with a shared access signature is used") {
  const auto s = settings(
      {{"accountname", "acme"},
       {"connectionstring", "BlobEndpoint=http://h:1/acme/;SharedAccessSignature=sv=1&sig=x%3D"}});
  CHECK(s.auth == azure::Auth::sas);
  CHECK(s.sas == "sv=1&sig=x%3D");
  CHECK(s.endpoint.text() == "http://h:1/acme");
}

TEST_CASE("the portal's connection string for a signature names no account, and needs none") {
  const auto s = settings({{"connectionstring",
                            "BlobEndpoint=https://acme.blob.core.example/;QueueEndpoint=https://"
                            "acme.queue.core.example/;"
                            "SharedAccessSignature=sv=1&ss=b&sig=x%3D"}});
  CHECK(s.auth == azure::Auth::sas);
  CHECK(s.endpoint.text() == "https://acme.blob.core.example");
  CHECK(settings({{"serviceurl", "https://blobs.example"}, {"sastoken", "sv=1"}}).endpoint.text() ==
        "https://blobs.example");
  CHECK(refusal({{"sastoken", "sv=1"}}) == "accountname is missing");
}

TEST_CASE("a signature of its own parameter goes before a connection string's key") {
  const auto s = settings(
      {{"connectionstring", "AccountName=acme;AccountKey=a2V5"}, {"sastoken", "sv=1&sig=x"}});
  CHECK(s.auth == azure::Auth::sas);
  CHECK(s.sas == "sv=1&sig=x");
}

TEST_CASE("the emulator's connection string works") {
  CHECK(settings({{"connectionstring", "UseDevelopmentStorage=true"}}).endpoint.text() ==
        "http://127.0.0.1:10000/devstoreaccount1");
}

TEST_CASE("credentials as registries 3.x have them choose the way to sign") {
  const auto s = settings({{"accountname", "acme"},
                           {"credentials.type", "client_secret"},
                           {"credentials.clientid", "c"},
                           {"credentials.tenantid", "t"},
                           {"credentials.secret", "s"}});
  CHECK(s.auth == azure::Auth::client_secret);
  CHECK(settings({{"accountname", "acme"}, {"credentials.type", "default_credentials"}}).auth ==
        azure::Auth::default_credentials);
}

TEST_CASE(
    "older names of retries count unless the newer are given, 0 means 5, and -1 awaits no copy") {
  const std::map<std::string, std::string> base{{"accountname", "acme"}, {"accountkey", "a2V5"}};
  auto given = base;
  given["copy_status_poll_max_retry"] = "7";
  given["copy_status_poll_delay"] = "250";
  CHECK(settings(given).max_retries == 7);
  CHECK(settings(given).retry_delay.count() == 250);
  given["max_retries"] = "5";
  given["retry_delay"] = "100";
  CHECK(settings(given).max_retries == 5);
  CHECK(settings(given).retry_delay.count() == 100);
  CHECK(settings(base).max_retries == 5);
  CHECK(settings(base).retry_delay.count() == 100);
  given = base;
  given["max_retries"] = "0";
  CHECK(settings(given).max_retries == 5);
  given["max_retries"] = "-1";
  CHECK(settings(given).max_retries == 0);
  CHECK_FALSE(settings(given).await_copies);
}

TEST_CASE("what does not fit together is told with what to do") {
  CHECK(refusal({{"accountkey", "a2V5"}}) == "accountname is missing");
  CHECK(refusal({{"accountname", "a"}}) ==
        "no credentials are given; add accountkey, sastoken, connectionstring, "
        "or credentials with "
        "a type");
  CHECK(refusal({{"accountname", "a"}, {"accountkey", "%%%"}}) ==
        "accountkey is not base64; copy it whole from the account's access keys");
  CHECK(refusal({{"accountname", "a"}, {"credentials.type", "shared_key"}}) ==
        "credentials.type is shared_key, but accountkey is missing");
  CHECK(refusal({{"accountname", "a"}, {"credentials.type", "client_secret"}}) ==
        "credentials of type client_secret need credentials.clientid, "
        "credentials.tenantid and "
        "credentials.secret");
  CHECK(refusal({{"accountname", "a"},
                 {"credentials.type", "default_credentials"},
                 {"serviceurl", "http://h"}}) ==
        "the service takes tokens over https only; serviceurl must begin with "
        "https://");
  CHECK(refusal({{"accountname", "a"}, {"accountkey", "a2V5"}, {"container", "Im/x"}}) ==
        "container 'Im/x' is not a container's name: 3 to 63 lower-case "
        "letters, digits and "
        "hyphens; put a path into rootdirectory");
}

TEST_CASE("a malformed connection string is refused without being shown") {
  CHECK(refusal({{"connectionstring", "topsecret"}}) ==
        "connectionstring must be of the form Name=value;Name=value");
}

TEST_CASE("the place of a store is its container, then the components of its root directory") {
  const auto place_of = [](std::map<std::string, std::string> given) {
    given.insert({{"container", "images"}, {"accountkey", "a2V5"}});
    return open_driver<azure::AzureDriver>(given)->place();
  };
  CHECK(place_of({{"accountname", "acme"}, {"rootdirectory", "reg"}}) ==
        "azure://acme.blob.core.windows.net:443/images\t\n"
        "azure://acme.blob.core.windows.net:443/images/reg\treg\n");
  CHECK(place_of({{"accountname", "acme"},
                  {"serviceurl", "https://acme-secondary.blob.core.windows.net/"}}) ==
        "azure://acme.blob.core.windows.net:443/images\t\n");
  CHECK(place_of({{"accountname", "acme"}, {"serviceurl", "http://localhost:10000/acme"}}) ==
        "azure://127.0.0.1:10000/acme/images\t\n");
}
