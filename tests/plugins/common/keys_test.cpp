// SPDX-License-Identifier: Apache-2.0
#include "common/keys.hpp"

#include <doctest/doctest.h>

using berth::common::KeySpace;

TEST_CASE("a key never begins with a slash, whatever way the root is written") {
  CHECK(KeySpace("").key("/docker/x") == "docker/x");
  CHECK(KeySpace("/").key("/docker/x") == "docker/x");
  for (const char* root : {"reg", "/reg", "reg/", "/reg/"})
    CHECK(KeySpace(root).key("/docker/x") == "reg/docker/x");
}

TEST_CASE("the prefix of a directory ends in a slash, that of an empty root is empty") {
  CHECK(KeySpace("").prefix("/").empty());
  CHECK(KeySpace("reg").prefix("/") == "reg/");
  CHECK(KeySpace("reg").prefix("/a") == "reg/a/");
}

TEST_CASE("keys and common prefixes read back as paths") {
  const KeySpace keys("/reg/");
  CHECK(keys.path("reg/a/b") == "/a/b");
  CHECK(keys.directory("reg/a/b/") == "/a/b");
  CHECK(KeySpace("").path("a") == "/a");
}

TEST_CASE("a key that breaks the path grammar stays as it is") {
  const KeySpace keys("reg");
  CHECK(keys.path("reg/a//b") == "/a//b");
  CHECK(keys.path("reg/../b") == "/../b");
  CHECK(keys.path("reg//a") == "//a");
  CHECK(keys.path("reg/a/") == "/a/");
  CHECK(keys.directory("reg/a//") == "/a/");
  CHECK(keys.directory("reg//") == "//");
}

TEST_CASE("keys outside the root, and the root itself, are no paths") {
  const KeySpace keys("reg");
  CHECK_FALSE(keys.path("reg/"));
  CHECK_FALSE(keys.path("regular/a"));
  CHECK_FALSE(keys.directory("reg/"));
}

TEST_CASE("a path with an empty component or a dot is recognised") {
  using berth::common::has_only_components;
  CHECK(has_only_components("/a/b.c"));
  for (const char* path : {"/", "//", "/a/", "/a//b", "/./a", "/a/.."})
    CHECK_FALSE(has_only_components(path));
}
