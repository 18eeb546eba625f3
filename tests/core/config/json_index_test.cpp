// SPDX-License-Identifier: Apache-2.0
//
// Positions of what a JSON text holds.
#include "config/json_index.hpp"

#include <string>

#include <doctest/doctest.h>

using berth::config::JsonIndex;
using berth::config::position_of;

TEST_CASE("a member's key and value have their own positions") {
  const JsonIndex index("{\n  \"a\": {\n    \"b\":   7\n  }\n}");
  CHECK(index.key_position("/a/b").line == 3);
  CHECK(index.key_position("/a/b").column == 5);
  CHECK(index.value_position("/a/b").line == 3);
  CHECK(index.value_position("/a/b").column == 12);
}

TEST_CASE("elements of an array are counted") {
  const JsonIndex index(R"({"a": [1, [2, 3], {"x": 4}]})");
  CHECK(index.value_position("/a/1/1").column == 15);
  CHECK(index.value_position("/a/2/x").column == 25);
}

TEST_CASE("what follows a closed container is found where it stands") {
  const JsonIndex index(R"({"a": {"b": []}, "c": true})");
  CHECK(index.key_position("/c").column == 18);
}

TEST_CASE("comments hide neither keys nor lines") {
  const JsonIndex index("// \"x\": {\n/* [ \n */ {\"a\": 1 /* : */ , // }\n \"b\": 2}");
  CHECK(index.key_position("/b").line == 4);
  CHECK(index.key_position("/b").column == 2);
}

TEST_CASE("brackets and quotes inside texts are text") {
  const JsonIndex index(R"({"a": "}]\"{,:", "b": 1})");
  CHECK(index.key_position("/b").column == 18);
}

TEST_CASE("keys are unescaped, and escaped as pointers want it") {
  const JsonIndex index(R"({"a\u0062/c~": 1})");
  CHECK(index.value_position("/ab~1c~0").column == 16);
}

TEST_CASE("columns count characters, not bytes, and a byte order mark is none") {
  const JsonIndex index("\xEF\xBB\xBF{\"\xC3\xA9\": \"\xC3\xA9\", \"b\": 1}");
  CHECK(index.key_position("/b").column == 12);
}

TEST_CASE("a key that is there twice is told, at the second place") {
  const JsonIndex index("{\"a\": 1,\n \"b\": {\"a\": 2},\n \"a\": 3}");
  REQUIRE(index.duplicates().size() == 1);
  CHECK(index.duplicates()[0].pointer == "/a");
  CHECK(index.position(index.duplicates()[0]).line == 3);
}

TEST_CASE("what is nested too deep is told and not entered") {
  const std::string text(100000, '[');
  const JsonIndex index(text);
  REQUIRE(index.too_deep().size() == 1);
  CHECK(index.position(index.too_deep()[0]).column == 33);
}

TEST_CASE("what has no place of its own has its container's") {
  const JsonIndex index("{\n \"a\": {}}");
  CHECK(index.value_position("/a/missing").line == 2);
}

TEST_CASE("text that is no JSON does not crash the index") {
  for (const char* text : {"", "}", "]]]", "\"", "{\"a", "{:,}", "/*", "/", "{\"a\"\\", "\xff"}) {
    CHECK_NOTHROW(JsonIndex{text});
  }
}

TEST_CASE("a position behind the end is the end") {
  CHECK(position_of("ab", 100).column == 3);
}
