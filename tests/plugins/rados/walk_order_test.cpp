// SPDX-License-Identifier: Apache-2.0
//
// From the order of an omap to walk order.
#include "listing.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace berth::rados;

namespace {

// Directories are written with a slash. Takes out what may go after each name.
std::vector<std::string> ordered(std::vector<std::string> names, const std::string& behind = "") {
  WalkOrder order(behind);
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

TEST_CASE("a directory comes behind siblings whose next byte sorts before the slash") {
  CHECK(ordered({"a/", "a-b", "a.b", "a0", "ab"}) == Names{"a-b", "a.b", "a/", "a0", "ab"});
}

TEST_CASE("directories that are prefixes of each other all wait") {
  CHECK(ordered({"a/", "a!/", "a!!/", "a!!!", "b"}) == Names{"a!!!", "a!!/", "a!/", "a/", "b"});
}

TEST_CASE("files keep the order of their names") {
  CHECK(ordered({"b", "a", "a-", "B"}) == Names{"B", "a", "a-", "b"});
}

TEST_CASE("only what sorts behind the start is reported") {
  CHECK(ordered({"a/", "a-b", "a.b", "b"}, "a-b") == Names{"a.b", "a/", "b"});
  CHECK(ordered({"a/", "a-b", "a.b", "b"}, "a/") == Names{"b"});
  CHECK(ordered({"a/", "a-b", "a.b", "b"}, "a") == Names{"a-b", "a.b", "a/", "b"});
}

TEST_CASE("names before the start whose directories sort behind it are known") {
  CHECK(WalkOrder("a-b.c").early_names() == Names{"a", "a-b"});
  CHECK(WalkOrder("abc").early_names().empty());
  CHECK(WalkOrder("").early_names().empty());
}

TEST_CASE("nothing is reported before it is certain") {
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
