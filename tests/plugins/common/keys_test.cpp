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
  CHECK(keys.path("reg/a/b/") == "/a/b");
  CHECK(KeySpace("").path("a") == "/a");
}

TEST_CASE("keys that are no paths of this store are nothing") {
  const KeySpace keys("reg");
  CHECK_FALSE(keys.path("reg/"));
  CHECK_FALSE(keys.path("regular/a"));
  CHECK_FALSE(keys.path("reg/a//b"));
  CHECK_FALSE(keys.path("reg/../b"));
  CHECK_FALSE(keys.path("reg//a"));
  CHECK_FALSE(keys.path("reg/a/./b"));
}
