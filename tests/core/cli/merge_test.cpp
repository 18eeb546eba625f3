// SPDX-License-Identifier: Apache-2.0
//
// Trees side by side, on the local disk; its walk has the order of every store.
#include "cli/merge.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <berth/errors.hpp>

#include "cli/place.hpp"
#include "support/temp_dir.hpp"
#include "tree_of_files.hpp"

namespace {

using namespace berth::cli;
using berth::test::TempDir;
using berth::test::TreeOfFiles;

void write(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

std::vector<std::string> merged(const TempDir& folder) {
  const auto files = make_local_tree(false, {});
  const auto ignore = [](const Issue&) {};
  std::vector<std::string> lines;
  const auto note = [&](const Pair& pair) {
    lines.push_back(pair.name + (pair.left ? " left" : "") + (pair.right ? " right" : ""));
  };
  merge_trees({*files, folder.string() + "/l", ignore},
              {*files, folder.string() + "/r", ignore, true}, {.file = note});
  return lines;
}

}  // namespace

TEST_CASE("files come in one order, with the sides they are on") {
  const TempDir folder;
  for (const char* name : {"a-b", "a.b", "a/x", "a/z", "b"}) write(folder.path() / "l" / name, "");
  for (const char* name : {"a-b", "a/x", "a/y", "c"}) write(folder.path() / "r" / name, "");
  CHECK(merged(folder) == std::vector<std::string>{"a-b left right", "a.b left", "a/x left right",
                                                   "a/y right", "a/z left", "b left", "c right"});
}

TEST_CASE("a right root that is not there is empty") {
  const TempDir folder;
  write(folder.path() / "l" / "a", "");
  CHECK(merged(folder) == std::vector<std::string>{"a left"});
}

TEST_CASE("a left root that is not there is an error") {
  const TempDir folder;
  write(folder.path() / "r" / "a", "");
  CHECK_THROWS_AS(merged(folder), berth::PathNotFoundError);
}

TEST_CASE("directories are reported apart from files of the same name") {
  TreeOfFiles left, right;
  left.walk_order = {{.path = "/r/x"}, {.path = "/r/x-y"}};
  right.walk_order = {{.path = "/r/x", .is_directory = true}, {.path = "/r/x/y"}};
  std::vector<std::string> lines;
  const auto note = [&lines](const char* kind) {
    return [&lines, kind](const Pair& pair) {
      lines.push_back(std::string(kind) + pair.name + (pair.left ? " left" : " right"));
    };
  };
  merge_trees({left, "/r", {}}, {right, "/r", {}},
              {.file = note("file "), .directory = note("directory ")});
  CHECK(lines == std::vector<std::string>{"file x left", "file x-y left", "directory x right",
                                          "file x/y right"});
}

TEST_CASE("a walk that is not in order is an error") {
  TreeOfFiles ordered, disordered;
  ordered.walk_order = {{.path = "/r/a"}, {.path = "/r/b"}, {.path = "/r/c"}};
  disordered.walk_order = {{.path = "/r/a"}, {.path = "/r/c"}, {.path = "/r/b"}};
  const MergeVisitor ignore{.file = [](const Pair&) {}};
  CHECK_THROWS_WITH_AS(merge_trees({disordered, "/r", {}}, {ordered, "/r", {}}, ignore),
                       doctest::Contains("files could be missed: tree:/r/b came after tree:/r/c"),
                       berth::CorruptError);
  CHECK_THROWS_AS(merge_trees({ordered, "/r", {}}, {disordered, "/r", {}}, ignore),
                  berth::CorruptError);
}

TEST_CASE("a walk that repeats a name is an error") {
  TreeOfFiles tree;
  tree.walk_order = {{.path = "/r/a"}, {.path = "/r/a"}};
  const MergeVisitor ignore{.file = [](const Pair&) {}};
  CHECK_THROWS_AS(merge_trees({tree, "/r", {}}, {tree, "/r", {}}, ignore), berth::CorruptError);
}

TEST_CASE("content is compared to the last byte") {
  const TempDir folder;
  const std::string long_text(3000000, 'x');
  write(folder.path() / "a", long_text);
  write(folder.path() / "b", long_text);
  write(folder.path() / "c", long_text.substr(1) + "y");
  write(folder.path() / "d", long_text + "x");
  const auto files = make_local_tree(false, {});
  const auto same = [&](const char* left, const char* right) {
    return same_content(*files, join(folder.string(), left), *files, join(folder.string(), right));
  };
  CHECK(same("a", "b"));
  CHECK_FALSE(same("a", "c"));
  CHECK_FALSE(same("a", "d"));
}

TEST_CASE("a local walk has the order of Store::walk") {
  const TempDir folder;
  for (const char* name : {"a/b", "a-c", "a.d", "a0"}) write(folder.path() / name, "");
  const auto files = make_local_tree(false, {});
  std::vector<std::string> names;
  files->walk(
      folder.string(),
      [&](const berth::Entry& entry) {
        names.emplace_back(below(folder.string(), entry.path));
        return berth::Visit::carry_on;
      },
      [](const Issue&) {});
  CHECK(names == std::vector<std::string>{"a-c", "a.d", "a", "a/b", "a0"});
}

TEST_CASE("a walk that skips a directory goes on behind it") {
  const TempDir folder;
  for (const char* name : {"a/b", "a/c", "d"}) write(folder.path() / name, "");
  const auto files = make_local_tree(false, {});
  std::vector<std::string> names;
  files->walk(
      folder.string(),
      [&](const berth::Entry& entry) {
        names.emplace_back(below(folder.string(), entry.path));
        return entry.is_directory ? berth::Visit::skip_directory : berth::Visit::carry_on;
      },
      [](const Issue&) {});
  CHECK(names == std::vector<std::string>{"a", "d"});
}
