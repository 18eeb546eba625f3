// SPDX-License-Identifier: Apache-2.0
//
// From the order of names in an omap to walk order.
#include "list.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace berth::rados;

namespace {

// Directories are written with a slash. Pops what is certain after each name.
std::vector<std::string> ordered(std::vector<std::string> names, const std::string& after = "") {
  WalkOrder order(after);
  std::vector<std::string> out;
  const auto drain = [&] {
    while (const auto child = order.pop())
      out.push_back(child->name + (child->directory() ? "/" : ""));
  };
  const auto bare = [](const std::string& name) {
    return name.back() == '/' ? name.substr(0, name.size() - 1) : name;
  };
  std::sort(names.begin(), names.end(),
            [&](const auto& a, const auto& b) { return bare(a) < bare(b); });
  for (const std::string& name : names) {
    order.push({bare(name), name.back() == '/' ? "" : "blob:x"});
    drain();
  }
  order.finish();
  drain();
  return out;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a directory comes after siblings whose next byte sorts before the slash") {
  CHECK(ordered({"a/", "a-b", "a.b", "a0", "ab"}) == Names{"a-b", "a.b", "a/", "a0", "ab"});
}

TEST_CASE("directories whose names are prefixes of each other are all held back") {
  CHECK(ordered({"a/", "a!/", "a!!/", "a!!!", "b"}) == Names{"a!!!", "a!!/", "a!/", "a/", "b"});
}

TEST_CASE("files keep the order of their names") {
  CHECK(ordered({"b", "a", "a-", "B"}) == Names{"B", "a", "a-", "b"});
}

TEST_CASE("only what sorts after the start is reported") {
  CHECK(ordered({"a/", "a-b", "a.b", "b"}, "a-b") == Names{"a.b", "a/", "b"});
  CHECK(ordered({"a/", "a-b", "a.b", "b"}, "a/") == Names{"b"});
  CHECK(ordered({"a/", "a-b", "a.b", "b"}, "a") == Names{"a-b", "a.b", "a/", "b"});
}

TEST_CASE("early_names() has the names before the start whose directories sort after it") {
  CHECK(WalkOrder("a-b.c").early_names() == Names{"a", "a-b"});
  CHECK(WalkOrder("abc").early_names().empty());
  CHECK(WalkOrder("").early_names().empty());
}

TEST_CASE("no child is reported before its position is certain") {
  WalkOrder order("");
  order.push({"a", ""});
  CHECK_FALSE(order.pop());
  order.push({"a-b", "blob:x"});
  const auto first = order.pop();
  REQUIRE(first);
  CHECK(first->name == "a-b");
  CHECK_FALSE(order.pop());
  order.push({"a0", "blob:y"});
  REQUIRE(order.pop());
  order.finish();
  REQUIRE(order.pop());
  CHECK_FALSE(order.pop());
}
