// SPDX-License-Identifier: Apache-2.0
//
// Copies, removals and conflicts of sync --delete.
#include "cli/sync_plan.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tree_of_files.hpp"

namespace {

using namespace berth::cli;
using berth::FileInfo;
using berth::test::TreeOfFiles;
using Names = std::vector<std::string>;

// Plans for two trees that are given as walks report them; a directory has a slash at the end.
struct Planned {
  Names copies;
  SyncPlan plan{[this](const Pair& pair) { copies.push_back(pair.name); }};

  Planned(const Names& source, const Names& destination) {
    auto from = tree_of(source), to = tree_of(destination);
    merge_trees({from, "/", {}}, {to, "/", {}},
                {.file = [this](const Pair& pair) { plan.file(pair); },
                 .directory = [this](const Pair& pair) { plan.directory(pair); }});
    plan.finish();
  }

  static TreeOfFiles tree_of(const Names& names) {
    TreeOfFiles tree;
    for (const auto& name : names) {
      const bool is_directory = name.ends_with('/');
      tree.walk_order.push_back({.path = "/" + name.substr(0, name.size() - (is_directory ? 1 : 0)),
                                 .is_directory = is_directory});
    }
    return tree;
  }

  Names extras() const {
    auto sorted = plan.extras();
    std::sort(sorted.begin(), sorted.end());
    return sorted;
  }
};

Names new_files(const Conflict& conflict) {
  Names names;
  for (const auto& pair : conflict.new_files) names.push_back(pair.name);
  return names;
}

}  // namespace

TEST_CASE("files of the source are copied, others of the destination are extra") {
  const Planned planned({"a", "b", "x/", "x/c"}, {"b", "d", "x/", "x/e"});
  CHECK(planned.copies == Names{"a", "b", "x/c"});
  CHECK(planned.extras() == Names{"d", "x/e"});
  CHECK(planned.plan.conflicts().empty());
}

TEST_CASE("a file that becomes a folder is a conflict, not an extra") {
  const Planned planned({"x-y", "x/", "x/a", "x/b/", "x/b/c"}, {"x"});
  CHECK(planned.copies == Names{"x-y"});
  CHECK(planned.extras().empty());
  REQUIRE(planned.plan.conflicts().size() == 1);
  const auto& conflict = planned.plan.conflicts().front();
  CHECK(conflict.name == "x");
  CHECK_FALSE(conflict.was_folder);
  CHECK(conflict.old_files == Names{"x"});
  CHECK(new_files(conflict) == Names{"x/a", "x/b/c"});
}

TEST_CASE("a folder that becomes a file is a conflict, not a copy") {
  const Planned planned({"x", "x.y"}, {"x-y", "x/", "x/a", "x/b/", "x/b/c"});
  CHECK(planned.copies == Names{"x.y"});
  CHECK(planned.extras() == Names{"x-y"});
  REQUIRE(planned.plan.conflicts().size() == 1);
  const auto& conflict = planned.plan.conflicts().front();
  CHECK(conflict.was_folder);
  CHECK(conflict.old_files == Names{"x/a", "x/b/c"});
  CHECK(new_files(conflict) == Names{"x"});
}

TEST_CASE("an empty folder in the place of a file is a conflict") {
  const Planned planned({"x"}, {"x/"});
  REQUIRE(planned.plan.conflicts().size() == 1);
  CHECK(planned.plan.conflicts().front().old_files.empty());
  CHECK(planned.copies.empty());
}

TEST_CASE("an object store's file and folder of one name are no conflict in a like store") {
  const Planned planned({"x", "x/", "x/a"}, {"x", "x/", "x/b"});
  CHECK(planned.copies == Names{"x", "x/a"});
  CHECK(planned.extras() == Names{"x/b"});
  CHECK(planned.plan.conflicts().empty());
}

TEST_CASE("names that begin with the name of a file are no conflict") {
  const Planned planned({"x"}, {"x-/", "x-/a", "x0", "xy/", "xy/a"});
  CHECK(planned.copies == Names{"x"});
  CHECK(planned.extras() == Names{"x-/a", "x0", "xy/a"});
}
