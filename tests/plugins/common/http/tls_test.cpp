// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <fstream>

#include "fixture.hpp"
#include "support/certificate.hpp"
#include "support/temp_dir.hpp"

namespace berth::http {
namespace {

using namespace test;

// A TLS server, and a client's options that trust it.
struct Secure {
  explicit Secure(int newest_version = 0)
      : server([](const SeenRequest&) { return Answer(200, std::string(300'000, 's')); },
               certificate.server_context(newest_version)) {
    cafile = (folder.path() / "ca.pem").string();
    std::ofstream(cafile) << certificate.pem();
    options.cafile = cafile;
  }
  TempDir folder;
  Certificate certificate;
  ScriptedServer server;
  std::string cafile;
  ClientOptions options = quick_options();
};

TEST_CASE("a service with a certificate of its own is reached with cafile") {
  Secure secure;
  Client client(secure.options);
  for (int i = 0; i < 3; ++i)
    CHECK(client.send(request_to(secure.server), FakeCall()).body.size() == 300'000);
  CHECK(secure.server.connections() == 1);
}

TEST_CASE("SSL_CERT_FILE serves as well") {
  Secure secure;
  const Variable variable("SSL_CERT_FILE", secure.cafile);
  secure.options.cafile.clear();
  Client client(secure.options);
  CHECK(client.send(request_to(secure.server), FakeCall()).status == 200);
}

TEST_CASE("a certificate that nobody vouches for is refused, and the CA file named") {
  Secure secure;
  const Certificate other;
  std::ofstream(secure.cafile) << other.pem();
  Client client(secure.options);
  const auto error = error_of([&] { client.send(request_to(secure.server), FakeCall()); });
  CHECK(error.status() == BERTH_STATUS_UNAVAILABLE);
  CHECK_FALSE(error.retryable());
  CAPTURE(error.message());
  CHECK(contains(error.message(), "the certificate of 127.0.0.1:"));
  CHECK(contains(error.message(), "checked against the CA file '" + secure.cafile + "' (cafile)"));
}

TEST_CASE("a certificate of another host is refused") {
  Secure secure;
  secure.options.resolve = {"other.test:" + std::to_string(secure.server.port()) + ":127.0.0.1"};
  Client client(secure.options);
  Request request = request_to(secure.server);
  request.url.host = "other.test";
  CHECK(contains(error_of([&] { client.send(request, FakeCall()); }).message(),
                 "the certificate of other.test:"));
}

TEST_CASE("skipverify takes any certificate") {
  Secure secure;
  secure.options.cafile.clear();
  secure.options.skipverify = true;
  Client client(secure.options);
  CHECK(client.send(request_to(secure.server), FakeCall()).status == 200);
}

TEST_CASE("TLS older than 1.2 is not spoken") {
  Secure secure(TLS1_1_VERSION);
  Client client(secure.options);
  const auto error = error_of([&] { client.send(request_to(secure.server), FakeCall()); });
  CHECK(error.status() == BERTH_STATUS_UNAVAILABLE);
  CHECK(contains(error.message(), "no TLS connection to 127.0.0.1:"));
  Secure newer(TLS1_2_VERSION);
  Client good(newer.options);
  CHECK(good.send(request_to(newer.server), FakeCall()).status == 200);
}

TEST_CASE("a CA file without a certificate is said so") {
  Secure secure;
  std::ofstream(secure.cafile) << "nothing\n";
  Client client(secure.options);
  const auto error = error_of([&] { client.send(request_to(secure.server), FakeCall()); });
  CHECK(error.status() == BERTH_STATUS_INVALID_PARAMETERS);
  CHECK(error.message() ==
        "the CA file '" + secure.cafile + "' (cafile) holds no certificate that can be read");
}

TEST_CASE("a large upload and a stream go over TLS whole") {
  Secure secure;
  Client client(secure.options);
  Request request = request_to(secure.server, "PUT");
  const std::string body(5'000'000, 'u');
  request.body = body;
  CHECK(client.send(request, FakeCall()).status == 200);
  CHECK((secure.server.requests().back().body == body));
  const auto stream = client.open(request_to(secure.server), FakeCall());
  std::string buffer(1000, '\0');
  size_t got = 0;
  while (const size_t n = stream->read(buffer.data(), buffer.size(), FakeCall())) got += n;
  CHECK(got == 300'000);
}

}  // namespace
}  // namespace berth::http
