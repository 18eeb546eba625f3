// SPDX-License-Identifier: Apache-2.0
//
// Config from a file: found, loaded, opened, checked. Drivers are those of this process.
#include <berth/config.hpp>

#include <string>

#include <doctest/doctest.h>

#include <berth/errors.hpp>

#include "config_files.hpp"
#include "support/temp_dir.hpp"

namespace fs = std::filesystem;
using berth::Config;
using berth::InvalidParametersError;
using berth::test::TempDir;
using berth::test::Variable;
using berth::test::write_file;
using berth::test::write_private;

TEST_CASE("$BERTH_CONFIG wins") {
  const Variable config("BERTH_CONFIG", "/some/where.json");
  CHECK(Config::find() == "/some/where.json");
}

TEST_CASE("without it the user's config is found") {
  const TempDir home;
  const Variable config("BERTH_CONFIG", std::nullopt);
  const Variable xdg("XDG_CONFIG_HOME", home.string());
  const auto file = write_private(home.path() / "berth" / "berth.json", "{}");
  CHECK(Config::find() == file);
}

TEST_CASE("an XDG folder that is not absolute is ignored") {
  const TempDir home;
  const Variable config("BERTH_CONFIG", std::nullopt);
  const Variable xdg("XDG_CONFIG_HOME", "relative");
  const Variable user("HOME", home.string());
  const auto file = write_private(home.path() / ".config" / "berth" / "berth.json", "{}");
  CHECK(Config::find() == file);
}

TEST_CASE("a config that can be loaded tells its stores") {
  const TempDir folder;
  const auto file = write_private(folder.path() / "berth.json",
                                  R"({"stores": {"b": {"driver": "x"}, "a": {"driver": "x"}},
                                      "default": "b", "log": {"level": "error"}})");
  const auto config = Config::load(file);
  CHECK(config.store_names() == std::vector<std::string>{"a", "b"});
  CHECK(config.default_store() == "b");
  CHECK(config.log_level() == "error");
}

TEST_CASE("load throws every error at once") {
  const TempDir folder;
  const auto file =
      write_private(folder.path() / "berth.json", R"({"stors": {}, "log": {"levl": "info"}})");
  const auto name = file.string();
  CHECK_THROWS_WITH_AS(
      Config::load(file),
      ("berth: " + name + ":1:2: /stors: unknown key \"stors\" (did you mean \"stores\"?)\n" +
       name + ":1:23: /log/levl: unknown key \"levl\" (did you mean \"level\"?)")
          .c_str(),
      InvalidParametersError);
}

TEST_CASE("a config that others may write is not loaded") {
  const TempDir folder;
  const auto file = write_file(folder.path() / "berth.json", "{}", fs::perms(0666));
  CHECK_THROWS_WITH_AS(Config::load(file),
                       ("berth: " + file.string() +
                        ": the file may be written by others; it names code to load, so take that "
                        "away with chmod go-w")
                           .c_str(),
                       InvalidParametersError);
}

TEST_CASE("a store that is not there gets a suggestion") {
  const TempDir folder;
  const auto file =
      write_private(folder.path() / "berth.json", R"({"stores": {"archive": {"driver": "x"}}})");
  CHECK_THROWS_WITH_AS(
      Config::load(file).open("archiv"),
      ("berth: there is no store \"archiv\" in " + file.string() + " (did you mean \"archive\"?)")
          .c_str(),
      InvalidParametersError);
}

TEST_CASE("without a default store the name must be given") {
  const TempDir folder;
  const auto file = write_private(folder.path() / "berth.json", "{}");
  CHECK_THROWS_WITH_AS(Config::load(file).open(),
                       ("berth: " + file.string() +
                        " names no default store; name the store that is meant, or add \"default\"")
                           .c_str(),
                       InvalidParametersError);
}

TEST_CASE("a secret that is missing names store, parameter and variable") {
  const TempDir folder;
  const Variable variable("BERTH_TEST_SECRET", std::nullopt);
  const auto file = write_private(
      folder.path() / "berth.json",
      R"({"stores": {"cloud": {"driver": "s3", "parameters": {"k": {"env": "BERTH_TEST_SECRET"}}}}})");
  CHECK_THROWS_WITH_AS(Config::load(file).open("cloud"),
                       "s3: store cloud: parameter k: the environment variable BERTH_TEST_SECRET "
                       "is not set",
                       InvalidParametersError);
}

TEST_CASE("a driver that no plugin holds is a problem of the check, with its place") {
  const TempDir folder;
  const auto file = write_private(
      folder.path() / "berth.json",
      R"({"plugins": {"directories": ["p"]}, "stores": {"a": {"driver": "nowhere"}}})");
  const auto problems = Config::check(file);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].pointer == "/stores/a/driver");
  CHECK(problems[0].column == 64);
}

TEST_CASE("values from elsewhere that are missing are warnings of the check, with their places") {
  const TempDir folder;
  const Variable set("BERTH_TEST_SET", "value");
  const Variable unset("BERTH_TEST_UNSET", std::nullopt);
  write_private(folder.path() / "there", "value");
  const auto file = write_private(folder.path() / "berth.json",
                                  R"({"plugins": {"directories": ["p"]},
 "stores": {"a": {"driver": "nowhere", "parameters": {
  "k1": {"env": "BERTH_TEST_SET"}, "k2": {"file": "there"},
  "k3": {"env": "BERTH_TEST_UNSET"}, "g": {"k4": {"file": "gone"}}}}}})");
  const auto problems = Config::check(file);
  REQUIRE(problems.size() == 3);
  CHECK(problems[0].pointer == "/stores/a/driver");
  CHECK(problems[1].pointer == "/stores/a/parameters/k3");
  CHECK(problems[1].warning);
  CHECK(problems[1].message ==
        "parameter k3: the environment variable BERTH_TEST_UNSET is not set");
  CHECK(problems[2].pointer == "/stores/a/parameters/g/k4");
  CHECK(problems[2].warning);
  CHECK(problems[2].message == "parameter g.k4: the file " + (folder.path() / "gone").string() +
                                   " cannot be opened: No such file or directory");
}

TEST_CASE("a log level that does not exist is refused") {
  CHECK_THROWS_WITH_AS(
      berth::set_log_level("loud"),
      "berth: unknown log level \"loud\"; it is trace, debug, info, warn, error or off",
      InvalidParametersError);
}
