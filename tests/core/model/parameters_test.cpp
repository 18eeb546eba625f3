// SPDX-License-Identifier: Apache-2.0
//
// Parameters of a made-up driver, from what people write to what open() receives.
#include "model/parameters.hpp"

#include <array>
#include <cstdint>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <berth/errors.hpp>

namespace {

using berth::model::check_parameters;
using berth::model::CheckedParameters;
using nlohmann::json;

constexpr std::uint32_t required = BERTH_PARAM_REQUIRED, secret = BERTH_PARAM_SECRET;
constexpr std::array rows{
    berth_param_spec{"bucket", BERTH_PARAM_STRING, required, nullptr, "Name of the bucket.",
                     nullptr, 0, 0},
    berth_param_spec{"chunksize", BERTH_PARAM_BYTES, 0, "10485760", "Part size.", nullptr, 5242880,
                     1073741824},
    berth_param_spec{"credentials.type", BERTH_PARAM_STRING, 0, nullptr, "Kind.", "Shared_Key|none",
                     0, 0},
    berth_param_spec{"maxthreads", BERTH_PARAM_INT, BERTH_PARAM_CLAMP, "100", "Calls at once.",
                     nullptr, 25, INT64_MAX},
    berth_param_spec{"old", BERTH_PARAM_STRING, BERTH_PARAM_DEPRECATED, nullptr, "Use bucket.",
                     nullptr, 0, 0},
    berth_param_spec{"secretkey", BERTH_PARAM_STRING, secret, nullptr, "The key.", nullptr, 0, 0},
    berth_param_spec{"secretmode", BERTH_PARAM_STRING, secret, nullptr, "Mode.", "a|b", 0, 0},
    berth_param_spec{"secure", BERTH_PARAM_BOOL, 0, nullptr, "Use TLS.", nullptr, 0, 0},
    berth_param_spec{"timeout", BERTH_PARAM_MILLIS, 0, nullptr, "Time.", nullptr, 0, 0},
};

CheckedParameters check(const json& object) {
  return check_parameters(object, rows);
}

// The canonical value of key, or the problems.
std::string value(const char* key, const json& written) {
  const CheckedParameters checked = check({{"bucket", "b"}, {key, written}});
  for (const auto& problem : checked.problems)
    if (!problem.warning) return to_string(problem);
  for (const auto& [name, text] : checked.items)
    if (name == key) return text;
  return "absent";
}

std::string problems(const json& object) {
  std::string text;
  for (const auto& problem : check(object).problems) text += to_string(problem) + "\n";
  return text;
}

}  // namespace

TEST_CASE("defaults are added and the result is sorted by key") {
  const CheckedParameters checked = check({{"secure", true}, {"bucket", "b"}});
  REQUIRE(checked.valid());
  std::string text;
  for (const auto& [key, item] : checked.items) text += key + "=" + item + " ";
  CHECK(text == "bucket=b chunksize=10485760 maxthreads=100 secure=true ");
}

TEST_CASE("the object is handed on as it was written") {
  CHECK(json::parse(check({{"bucket", 7}}).json) == json{{"bucket", 7}});
}

TEST_CASE("text takes numbers and booleans, and lists of texts") {
  CHECK(value("secretkey", 12345) == "12345");
  CHECK(value("secretkey", true) == "true");
  CHECK(value("secretkey", json::array({"a", "b", 3})) == "a,b,3");
}

TEST_CASE("booleans are real ones or their text") {
  for (const json& yes : {json(true), json("True"), json("1"), json("yes"), json("ON"), json(1)})
    CHECK(value("secure", yes) == "true");
  for (const json& no : {json(false), json("f"), json("0"), json("no"), json("off"), json(0)})
    CHECK(value("secure", no) == "false");
  CHECK(value("secure", "maybe") == "secure: \"maybe\" is not true or false");
}

TEST_CASE("integers are numbers or text, decimal or hexadecimal") {
  CHECK(value("maxthreads", 812) == "812");
  CHECK(value("maxthreads", "50") == "50");
  CHECK(value("maxthreads", "0x32") == "50");
  CHECK(value("maxthreads", "foo") == "maxthreads: \"foo\" is not an integer");
  CHECK(value("maxthreads", 1.5) == "maxthreads: \"1.5\" is not an integer");
  CHECK(value("maxthreads", "99999999999999999999") ==
        "maxthreads: \"99999999999999999999\" is not an integer");
}

TEST_CASE("below the minimum a clamped integer is the minimum") {
  CHECK(value("maxthreads", "5") == "25");
  CHECK(value("maxthreads", -1) == "25");
}

TEST_CASE("sizes take binary and decimal units") {
  CHECK(value("chunksize", 8388608) == "8388608");
  CHECK(value("chunksize", "8MiB") == "8388608");
  CHECK(value("chunksize", "8mb") == "8000000");
  CHECK(value("chunksize", "8192k") == "8388608");
  CHECK(value("chunksize", "8 MiB") == "8388608");
  CHECK(value("chunksize", "8 apples") ==
        "chunksize: \"8 apples\" is not a size such as 8388608, 8MiB or 8MB");
}

TEST_CASE("a value out of range names both limits") {
  CHECK(value("chunksize", 1024) ==
        "chunksize: \"1024\" is out of range: it must be from 5242880 to 1073741824 bytes");
}

TEST_CASE("durations take units and sums") {
  CHECK(value("timeout", 30000) == "30000");
  CHECK(value("timeout", "30s") == "30000");
  CHECK(value("timeout", "100ms") == "100");
  CHECK(value("timeout", "20m") == "1200000");
  CHECK(value("timeout", "1h30m") == "5400000");
  CHECK(value("timeout", "soon") ==
        "timeout: \"soon\" is not a duration such as 30000 (milliseconds), 30s or 1h30m");
  CHECK(value("timeout", "9999999999999999h").find("is not a duration") != std::string::npos);
}

TEST_CASE("nested objects flatten with dots and choices keep the driver's spelling") {
  CHECK(value("credentials.type", "none") == "none");
  const CheckedParameters checked =
      check({{"bucket", "b"}, {"credentials", {{"type", "SHARED_KEY"}}}});
  REQUIRE(checked.valid());
  CHECK(checked.items[2] == std::pair<std::string, std::string>("credentials.type", "Shared_Key"));
  CHECK(value("credentials.type", "x") == "credentials.type: \"x\" is not one of Shared_Key, none");
}

TEST_CASE("keys match without case") {
  CHECK(check({{"Bucket", "b"}}).valid());
  CHECK(problems({{"BUCKET", "b"}, {"bucket", "c"}}) ==
        "bucket: is given twice, also as \"BUCKET\"\n");
}

TEST_CASE("an unknown key is an error with the nearest one") {
  CHECK(problems({{"bucket", "b"}, {"chunksise", 1}}) ==
        "chunksise: is not a parameter of this driver (did you mean \"chunksize\"?)\n");
  CHECK(problems({{"bucket", "b"}, {"zzz", 1}}) == "zzz: is not a parameter of this driver\n");
}

TEST_CASE("a required parameter that is missing is explained") {
  CHECK(problems(json::object()) == "bucket: is required: Name of the bucket.\n");
  CHECK(problems({{"bucket", nullptr}}) == "bucket: is required: Name of the bucket.\n");
}

TEST_CASE("all that is wrong is told at once, in one exception") {
  const CheckedParameters checked = check({{"secure", "x"}, {"chunksize", "1k"}});
  CHECK_THROWS_WITH_AS(
      berth::model::require_valid("s3", "cloud", checked),
      "s3: the parameters are wrong\n"
      "  chunksize: \"1k\" is out of range: it must be from 5242880 to 1073741824 bytes\n"
      "  secure: \"x\" is not true or false\n"
      "  bucket: is required: Name of the bucket.",
      berth::InvalidParametersError);
}

TEST_CASE("the value of a secret is in no text") {
  CHECK(value("secretmode", "hunter2") == "secretmode: the value is not one of a, b");
  CHECK(value("secretkey", json::array({json::array({"hunter2"})})) ==
        "secretkey: must be a list of texts");
  CHECK(problems({{"bucket", "b"}, {"secretkye", "hunter2"}}).find("hunter2") == std::string::npos);
}

TEST_CASE("a deprecated parameter works and is warned about") {
  const CheckedParameters checked = check({{"bucket", "b"}, {"old", "x"}});
  CHECK(checked.valid());
  REQUIRE(checked.problems.size() == 1);
  CHECK(to_string(checked.problems[0]) == "old: is deprecated: Use bucket.");
}

TEST_CASE("parameters that are no object are refused") {
  CHECK(problems(json::array({1})).find("the parameters must be a JSON object\n") == 0);
}

TEST_CASE("parameters that are nested without end are a problem, not a crash") {
  json nested = json::object();
  for (int i = 0; i < 100000; ++i) nested = json{{"a", std::move(nested)}};
  const auto checked = berth::model::check_parameters(nested, {});
  CHECK_FALSE(checked.valid());
  CHECK(to_string(checked.problems.at(0)) == "the parameters are nested deeper than 32 levels");
}
