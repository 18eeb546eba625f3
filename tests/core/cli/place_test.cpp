// SPDX-License-Identifier: Apache-2.0
//
// What a place on the command line means.
#include "cli/place.hpp"

#include <doctest/doctest.h>

#include "cli/usage_error.hpp"

using namespace berth::cli;

TEST_CASE("a name, a colon and a path are a place in a store") {
  const auto place = parse_place("archive:/doc/a");
  CHECK_FALSE(place.local);
  CHECK(place.store == "archive");
  CHECK(place.path == "/doc/a");
  CHECK_FALSE(place.into);
}

TEST_CASE("a store without a path is its root") {
  CHECK(parse_place("archive:").path == "/");
}

TEST_CASE("a colon in front means the default store") {
  CHECK(parse_place(":/a").store.empty());
  CHECK_FALSE(parse_place(":/a").local);
}

TEST_CASE("a slash at the end means into") {
  CHECK(parse_place("archive:/doc/").into);
  CHECK(parse_place("archive:/doc//").path == "/doc");
  CHECK(parse_place("folder/").into);
  CHECK(parse_place("archive:/").into);
  CHECK_FALSE(parse_place("archive:").into);
  CHECK(parse_place("archive:").path == "/");
}

TEST_CASE("what has a slash before its colon is a file") {
  CHECK(parse_place("./a:b").local);
  CHECK(parse_place("/x/a:/b").local);
  CHECK(parse_place("plain").local);
}

TEST_CASE("what could be either is refused, with both ways to write it") {
  CHECK_THROWS_WITH_AS(parse_place("a:b"),
                       "\"a:b\" is neither a place in a store nor clearly a file; write a:/b or "
                       "./a:b",
                       UsageError);
}

TEST_CASE("paths are joined and cut at slashes") {
  CHECK(join("/", "a") == "/a");
  CHECK(join("/d", "a/b") == "/d/a/b");
  CHECK(join("", "a") == "a");
  CHECK(below("/", "/a/b") == "a/b");
  CHECK(below("/a", "/a/b") == "b");
  CHECK(base_name("/a/b") == "b");
  CHECK(base_name("/").empty());
}
