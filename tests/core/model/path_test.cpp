// SPDX-License-Identifier: Apache-2.0
//
// The path grammar and the order of walks.
#include "model/path.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <berth/errors.hpp>

namespace {

using berth::model::path_fault;
using berth::model::PathRules;
using berth::model::Root;
using berth::model::WalkKey;

std::string fault(std::string_view path) {
  return path_fault(path, PathRules{}, Root::refused);
}

std::string registry_fault(std::string_view path) {
  return path_fault(path, PathRules{.registry = true}, Root::refused);
}

}  // namespace

TEST_CASE("ordinary and foreign names are paths") {
  for (const char* path : {"/a", "/a/b.c", "/A b/+~", "/\xC3\xA9t\xC3\xA9", "/...", "/.hidden",
                           "/\xF0\x9F\x98\x80", "/\xEF\xBF\xBD"})
    CHECK_MESSAGE(fault(path).empty(), path);
}

TEST_CASE("a path that is not absolute says so") {
  CHECK(fault("") == "it is empty");
  CHECK(fault("a/b") == "it does not begin with a slash");
}

TEST_CASE("empty components and a trailing slash are refused") {
  CHECK(fault("//a") == "a component is empty");
  CHECK(fault("/a//b") == "a component is empty");
  CHECK(fault("/a/") == "it ends in a slash");
  CHECK(fault("//") == "a component is empty");
}

TEST_CASE("dot components are refused wherever they stand") {
  for (const char* path : {"/.", "/..", "/a/../b", "/a/./b", "/a/.."})
    CHECK_MESSAGE(fault(path) == "\".\" and \"..\" are not components", path);
}

TEST_CASE("control characters are refused") {
  for (const std::string& path : {std::string("/a\n"), std::string("/a\x7F"), std::string("/\0", 2),
                                  std::string("/a\xC2\x85"), std::string("/\t/b")})
    CHECK(fault(path) == "it holds a control character");
}

TEST_CASE("what is not UTF-8 is refused") {
  for (const char* path : {"/\xFF", "/\x80", "/\xC0\xAF", "/\xED\xA0\x80", "/\xE2\x82", "/\xC3/a",
                           "/\xF4\x90\x80\x80", "/\xE0\x80\xAF"})
    CHECK_MESSAGE(fault(path) == "it is not valid UTF-8", path);
}

TEST_CASE("what is wrong is found at every place of a path of any length") {
  for (std::size_t size = 2; size < 40; ++size) {
    const std::string good = "/" + std::string(size, 'a');
    CHECK(fault(good).empty());
    for (std::size_t at = 1; at < good.size(); ++at) {
      for (const char bad : {'\x1F', '\x7F', '\x80', '\xFF', '\0'}) {
        std::string path = good;
        path[at] = bad;
        CHECK_FALSE(fault(path).empty());
      }
      std::string path = good;
      path[at] = '/';
      CHECK(fault(path).empty() == (at != 1 && at != good.size() - 1));
      path.insert(at, "/");
      CHECK_FALSE(fault(path).empty());
      path.replace(at, 2, "/..");
      CHECK(fault(path).empty() == (at + 3 < path.size() && path[at + 3] != '/' && at != 1));
    }
  }
}

TEST_CASE("the longest path has the limit's number of bytes") {
  CHECK(fault("/" + std::string(1023, 'a')).empty());
  CHECK(fault("/" + std::string(1024, 'a')) == "it has 1025 bytes, at most 1024 are allowed");
}

TEST_CASE("the root is a path only where it is allowed") {
  CHECK(path_fault("/", {}, Root::allowed).empty());
  CHECK(fault("/") == "the root is a directory, not an object");
}

TEST_CASE("the registry's expression takes less") {
  CHECK(registry_fault("/docker/registry/v2/A_b-c.1").empty());
  CHECK(registry_fault("/a b") == "only A-Z a-z 0-9 . _ - may be used here");
  CHECK(registry_fault("/\xC3\xA9") == "only A-Z a-z 0-9 . _ - may be used here");
  CHECK_FALSE(registry_fault("/a\n").empty());
}

TEST_CASE("an invalid path is an exception with driver, path and reason") {
  try {
    berth::model::check_path({"mem", "memory", "get"}, "/a/", {}, Root::refused);
    FAIL("nothing was thrown");
  } catch (const berth::InvalidPathError& error) {
    CHECK(std::string(error.what()) == "mem: invalid path: /a/ (it ends in a slash)");
    CHECK(error.path() == "/a/");
    CHECK(error.detail().store == "memory");
  }
}

TEST_CASE("an invalid offset is an exception with the store's name") {
  try {
    berth::model::check_offset({"mem", "memory", "reader_open"}, "/a", -3);
    FAIL("nothing was thrown");
  } catch (const berth::InvalidOffsetError& error) {
    CHECK(error.detail().store == "memory");
  }
}

TEST_CASE("a negative offset is an exception with the offset") {
  CHECK_NOTHROW(berth::model::check_offset({"mem", "memory", "reader_open"}, "/a", 0));
  CHECK_THROWS_WITH_AS(berth::model::check_offset({"mem", "memory", "reader_open"}, "/a", -3),
                       "mem: invalid offset: -3 for path: /a", berth::InvalidOffsetError);
}

TEST_CASE("a directory sorts as its name followed by a slash") {
  std::vector<WalkKey> keys{{"/a/x", false}, {"/b", true},    {"/a", true},
                            {"/a.b", false}, {"/a-b", false}, {"/a", false},
                            {"/a0", false},  {"/a-b", true},  {"/\xC3\xA9", false}};
  std::sort(keys.begin(), keys.end(), berth::model::walk_less);
  std::string order;
  for (const WalkKey& key : keys) order += std::string(key.path) + (key.is_directory ? "/ " : " ");
  CHECK(order == "/a /a-b /a-b/ /a.b /a/ /a/x /a0 /b/ /\xC3\xA9 ");
}

TEST_CASE("walk order says equal only of the same entry") {
  using berth::model::walk_compare;
  CHECK(walk_compare({"/a", true}, {"/a", true}) == 0);
  CHECK(walk_compare({"/a", false}, {"/a", true}) < 0);
  CHECK(walk_compare({"/a", true}, {"/a/b", false}) < 0);
  CHECK(walk_compare({"/a/b", false}, {"/a", true}) > 0);
}

TEST_CASE("below a directory is what begins with its name and a slash") {
  using berth::model::is_below;
  CHECK(is_below("/a/b", "/a"));
  CHECK(is_below("/a", "/"));
  CHECK_FALSE(is_below("/ab", "/a"));
  CHECK_FALSE(is_below("/a", "/a"));
  CHECK_FALSE(is_below("/", "/"));
  CHECK_FALSE(is_below("/a/", "/a"));
}
