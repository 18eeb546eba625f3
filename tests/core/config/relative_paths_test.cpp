// SPDX-License-Identifier: Apache-2.0
#include "config/relative_paths.hpp"

#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace {

using nlohmann::json;

json absolute(const char* parameters) {
  berth::DriverInfo info;
  for (const char* key : {"rootdirectory", "bucket", "credentials.tokenfile"}) {
    auto& row = info.parameters.emplace_back();
    row.key = key;
    row.path = row.key != "bucket";
  }
  return berth::config::with_absolute_paths(json::parse(parameters), info, "/etc/berth");
}

}  // namespace

TEST_CASE("a relative path counts from the folder of the config file") {
  CHECK(absolute(R"({"rootdirectory": "data"})") == json{{"rootdirectory", "/etc/berth/data"}});
  CHECK(absolute(R"({"RootDirectory": "../data"})") == json{{"RootDirectory", "/etc/data"}});
}

TEST_CASE("a relative path in a group, or with a dotted key, counts from there too") {
  CHECK(absolute(R"({"credentials": {"tokenfile": "t"}})") ==
        json{{"credentials", {{"tokenfile", "/etc/berth/t"}}}});
  CHECK(absolute(R"({"credentials.tokenfile": "t"})") ==
        json{{"credentials.tokenfile", "/etc/berth/t"}});
}

TEST_CASE("absolute and empty paths, and parameters that are no paths, stay as they are") {
  for (const char* text :
       {R"({"rootdirectory": "/data"})", R"({"rootdirectory": ""})", R"({"bucket": "b"})"})
    CHECK(absolute(text) == json::parse(text));
}
