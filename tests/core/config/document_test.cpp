// SPDX-License-Identifier: Apache-2.0
//
// What the config's text says, and what is said about it.
#include "config/document.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace {

using berth::config::parse;

berth::config::Document document_of(const std::string& text) {
  auto parsed = parse(text, "/etc/berth/berth.json");
  for (const auto& problem : parsed.problems) FAIL(to_string(problem));
  return parsed.document;
}

std::vector<std::string> problems_of(const std::string& text) {
  std::vector<std::string> lines;
  for (const auto& problem : parse(text, "/c").problems) lines.push_back(to_string(problem));
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("the config of the design is read whole") {
  const auto document = document_of(R"({
    // comments are allowed
    "plugins": { "directories": ["./plugins", "/opt/berth"], "allowuntrusted": true,
                 "lockfile": "plugins.lock" },
    "log": { "level": "info" },
    "default": "archive",
    "stores": {
      "archive": { "driver": "filesystem", "parameters": { "rootdirectory": "/srv/archive" } },
      "cloud":   { "driver": "s3", "paths": "registry",
                   "parameters": { "bucket": "b", "secretkey": { "file": "/run/secrets/s3" } },
                   "limits": { "parallel": 64, "deadline": "30s" } }
    }
  })");
  CHECK(document.plugins.directories ==
        std::vector<std::filesystem::path>{"/etc/berth/plugins", "/opt/berth"});
  CHECK(document.plugins.allow_untrusted);
  CHECK(document.plugins.lock_file == "/etc/berth/plugins.lock");
  CHECK(document.log_level == "info");
  CHECK(document.default_store == "archive");
  const auto& cloud = document.stores.at("cloud");
  CHECK(cloud.driver == "s3");
  CHECK(cloud.options.name == "cloud");
  CHECK(cloud.options.parallel == 64);
  CHECK(cloud.options.deadline == std::chrono::seconds(30));
  CHECK(cloud.options.registry_paths);
  CHECK(cloud.parameters.at("secretkey").at("file") == "/run/secrets/s3");
  CHECK_FALSE(document.stores.at("archive").options.registry_paths);
}

TEST_CASE("an empty config is a config") {
  CHECK(document_of("{}").stores.empty());
}

TEST_CASE("plugin folders lose dots and slashes at the end") {
  const auto document = document_of(R"({"plugins": {"directories": ["../p/", "."]}})");
  CHECK(document.plugins.directories == std::vector<std::filesystem::path>{"/etc/p", "/etc/berth"});
}

TEST_CASE("all problems are told at once, in the order of the file") {
  CHECK(problems_of("{\n"
                    "  \"plugins\": { \"directory\": [] },\n"
                    "  \"stores\": {\n"
                    "    \"a\": { \"drivr\": \"s3\" },\n"
                    "    \"b\": { \"driver\": 7, \"limits\": { \"parallel\": 0 } }\n"
                    "  },\n"
                    "  \"default\": \"c\"\n"
                    "}") ==
        Lines{"/c:2:16: /plugins/directory: unknown key \"directory\" (did you mean "
              "\"directories\"?)",
              "/c:4:5: /stores/a: the store has no driver; say which with \"driver\"",
              "/c:4:12: /stores/a/drivr: unknown key \"drivr\" (did you mean \"driver\"?)",
              "/c:5:22: /stores/b/driver: wants text, not a number",
              "/c:5:49: /stores/b/limits/parallel: must be between 1 and 65535",
              "/c:7:14: /default: unknown store \"c\"; there is a, b"});
}

TEST_CASE("a syntax error has its place") {
  CHECK(problems_of("{\n  \"a\": 1\n  \"b\": 2\n}") ==
        Lines{"/c:3:5: syntax error while parsing object - unexpected string literal; "
              "expected '}'"});
}

TEST_CASE("a syntax error does not repeat what was read, for it may be a secret") {
  const auto lines = problems_of("{\"secretkey\": \"hunter2\n\"}");
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].find("hunter2") == std::string::npos);
  CHECK(lines[0].find("/c:1:") == 0);
}

TEST_CASE("an empty file is a syntax error") {
  REQUIRE(problems_of("").size() == 1);
  CHECK(problems_of("")[0].find("syntax error") != std::string::npos);
}

TEST_CASE("a key that is there twice is an error") {
  CHECK(problems_of("{\"stores\": {\"a\": {\"driver\": \"x\", \"driver\": \"y\"}}}") ==
        Lines{"/c:1:34: /stores/a/driver: the key is there twice"});
}

TEST_CASE("deep nesting is an error and not a crash") {
  const std::string deep(50000, '['), shut(50000, ']');
  CHECK(problems_of("{\"stores\": " + deep + shut + "}").size() == 1);
}

TEST_CASE("a root that is no object is an error") {
  CHECK(problems_of("[]") == Lines{"/c:1:1: wants an object, not an array"});
}

TEST_CASE("a log level that does not exist gets a suggestion") {
  CHECK(problems_of(R"({"log": {"level": "infos"}})") ==
        Lines{"/c:1:19: /log/level: unknown log level \"infos\" (did you mean \"info\"?)"});
}

TEST_CASE("a deadline is a duration above zero") {
  const auto with = [](const std::string& deadline) {
    return problems_of(R"({"stores": {"a": {"driver": "x", "limits": {"deadline": )" + deadline +
                       "}}}}");
  };
  CHECK(with("\"1m30s\"").empty());
  for (const char* bad : {"\"soon\"", "\"0s\"", "\"-1s\""}) {
    CHECK(with(bad) == Lines{"/c:1:57: /stores/a/limits/deadline: is no duration; write it like "
                             "\"500ms\", \"30s\" or \"2m\""});
  }
  CHECK(with("\"365d\"").empty());
  CHECK(with("\"1000000d\"") == Lines{"/c:1:57: /stores/a/limits/deadline: is too long: at most "
                                      "365d; leave it out for none"});
  CHECK(with("30") == Lines{"/c:1:57: /stores/a/limits/deadline: wants text, not a number"});
}

TEST_CASE("a store's name cannot be taken for a path") {
  CHECK(problems_of(R"({"stores": {"a:b": {"driver": "x"}, "": {"driver": "x"}}})").size() == 2);
}

TEST_CASE("a reference that is malformed is told with its place") {
  CHECK(problems_of(
            R"({"stores": {"a": {"driver": "x", "parameters": {"c": {"k": {"env": 1}}}}}})") ==
        Lines{"/c:1:60: /stores/a/parameters/c/k: env wants the name of an environment variable"});
}

TEST_CASE("a NUL in a path is refused") {
  CHECK(problems_of(R"({"plugins": {"directories": ["a\u0000b"]}})") ==
        Lines{"/c:1:30: /plugins/directories/0: holds a NUL character"});
}

TEST_CASE("a number of any size is no crash") {
  CHECK(
      problems_of(R"({"stores": {"a": {"driver": "x", "limits": {"parallel": 1e999}}}})").size() ==
      1);
  CHECK(problems_of(
            R"({"stores": {"a": {"driver": "x", "limits": {"parallel": 18446744073709551615}}}})")
            .size() == 1);
}
