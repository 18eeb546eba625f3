// SPDX-License-Identifier: Apache-2.0
//
// Values that are elsewhere.
#include "config/secrets.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "config_files.hpp"
#include "support/temp_dir.hpp"

using berth::config::reference_fault;
using berth::config::resolve_references;
using berth::config::SecretMissing;
using berth::test::TempDir;
using berth::test::Variable;
using berth::test::write_private;
using nlohmann::json;

TEST_CASE("a variable's value takes the reference's place") {
  const Variable variable("BERTH_TEST_SECRET", "s3cr3t");
  const auto parameters = json::parse(R"({"secretkey": {"env": "BERTH_TEST_SECRET"}, "n": 1})");
  CHECK(resolve_references(parameters, "/") == json::parse(R"({"secretkey": "s3cr3t", "n": 1})"));
}

TEST_CASE("a file's content takes the reference's place, relative to the config's folder") {
  const TempDir folder;
  write_private(folder.path() / "keys" / "s3", "s3cr3t\n");
  const auto parameters = json::parse(R"({"secretkey": {"file": "keys/s3"}})");
  CHECK(resolve_references(parameters, folder.path())["secretkey"] == "s3cr3t");
}

TEST_CASE("a reference inside a nested object is read too") {
  const Variable variable("BERTH_TEST_SECRET", "s3cr3t");
  const auto parameters =
      json::parse(R"({"credentials": {"type": "x", "secret": {"env": "BERTH_TEST_SECRET"}}})");
  CHECK(resolve_references(parameters, "/")["credentials"]["secret"] == "s3cr3t");
}

TEST_CASE("a variable that is not set is named, with the parameter") {
  const Variable variable("BERTH_TEST_SECRET", std::nullopt);
  const auto parameters = json::parse(R"({"a": {"key": {"env": "BERTH_TEST_SECRET"}}})");
  CHECK_THROWS_WITH_AS(resolve_references(parameters, "/"),
                       "parameter a.key: the environment variable BERTH_TEST_SECRET is not set",
                       SecretMissing);
}

TEST_CASE("a variable that is empty is an error as well") {
  const Variable variable("BERTH_TEST_SECRET", "");
  CHECK_THROWS_WITH_AS(
      resolve_references(json::parse(R"({"k": {"env": "BERTH_TEST_SECRET"}})"), "/"),
      "parameter k: the environment variable BERTH_TEST_SECRET is empty", SecretMissing);
}

TEST_CASE("a missing file is named, with the parameter") {
  CHECK_THROWS_WITH_AS(
      resolve_references(json::parse(R"({"k": {"file": "/nonexistent/k"}})"), "/"),
      "parameter k: the file /nonexistent/k cannot be opened: No such file or directory",
      SecretMissing);
}

TEST_CASE("a reference stands alone and names something") {
  CHECK(reference_fault(json::parse(R"({"env": "A"})")).empty());
  CHECK(reference_fault(json::parse(R"({"env": "A", "file": "b"})")) ==
        R"(a value from elsewhere is {"env": NAME} or {"file": PATH}, with nothing beside it)");
  CHECK(reference_fault(json::parse(R"({"env": 7})")) ==
        "env wants the name of an environment variable");
  CHECK(reference_fault(json::parse(R"({"file": ""})")) == "file wants the path of a file");
}
