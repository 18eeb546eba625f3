// SPDX-License-Identifier: Apache-2.0
#include "common/http/trust.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "fixture.hpp"
#include "support/temp_dir.hpp"

namespace berth::http {
namespace {

using namespace test;

std::string file_in(const TempDir& folder, const std::string& name) {
  const std::string path = (folder.path() / name).string();
  std::ofstream(path) << "not looked into here";
  return path;
}

// No variable of the machine that runs the tests gets in the way.
struct Unset {
  Variable file{"SSL_CERT_FILE", ""};
  Variable folder{"SSL_CERT_DIR", ""};
  Variable bundle{"AWS_CA_BUNDLE", ""};
};

TEST_CASE("the parameter goes before every variable") {
  const TempDir folder;
  const std::string mine = file_in(folder, "mine.pem");
  const Variable file("SSL_CERT_FILE", file_in(folder, "other.pem"));
  const Trust trust = Trust::choose(mine);
  CHECK(trust.file == mine);
  CHECK(trust.shown() == "the CA file '" + mine + "' (cafile)");
}

TEST_CASE("SSL_CERT_FILE goes before AWS_CA_BUNDLE") {
  const Unset unset;
  const TempDir folder;
  const Variable bundle("AWS_CA_BUNDLE", file_in(folder, "aws.pem"));
  CHECK(Trust::choose("").origin == "AWS_CA_BUNDLE");
  const Variable file("SSL_CERT_FILE", file_in(folder, "ssl.pem"));
  CHECK(Trust::choose("").origin == "SSL_CERT_FILE");
}

TEST_CASE("a folder of certificates is taken as one") {
  const Unset unset;
  const TempDir folder;
  CHECK(Trust::choose(folder.string()).folder == folder.string());
  CHECK(Trust::choose(folder.string()).file.empty());
  const Variable variable("SSL_CERT_DIR", folder.string());
  CHECK(Trust::choose("").folder == folder.string());
}

TEST_CASE("a file that was named but cannot be read is an error that names it") {
  const Unset unset;
  const auto error = error_of([] { Trust::choose("/nowhere/ca.pem"); });
  CHECK(error.status() == BERTH_STATUS_INVALID_PARAMETERS);
  CHECK(error.message() ==
        "the CA file '/nowhere/ca.pem' (cafile) cannot be read: No such file or directory; name a "
        "readable PEM file");
  const Variable variable("SSL_CERT_FILE", "/nowhere/ca.pem");
  CHECK(contains(error_of([] { Trust::choose(""); }).message(), "(SSL_CERT_FILE)"));
}

TEST_CASE("without any hint the system's place is taken") {
  const Unset unset;
  CHECK(contains(Trust::choose("").shown(),
                 Trust::choose("").origin.empty() ? "no CA file" : "the system's place"));
}

}  // namespace
}  // namespace berth::http
