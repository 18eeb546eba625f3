// SPDX-License-Identifier: Apache-2.0
//
// By which evidence sync takes two files to be the same.
#include "cli/sameness.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>

#include "cli/place.hpp"
#include "support/temp_dir.hpp"
#include "tree_of_files.hpp"

namespace {

using namespace berth::cli;
using berth::FileInfo;
using berth::Time;
using berth::test::TempDir;
using berth::test::TreeOfFiles;

const Time early{std::chrono::seconds(1000)};
const Time late{std::chrono::seconds(2000)};
const std::string md5_of_abc = "900150983cd24fb0d6963f7d28e17f72";

// One file on each side, of three bytes.
struct TwoTrees {
  TreeOfFiles left, right;
  FileInfo file{.path = "/f", .size = 3};

  TwoTrees(const char* left_content, const char* right_content) {
    left.content["/f"] = left_content;
    right.content["/f"] = right_content;
  }
  bool same(Comparison comparison = Comparison::automatic) {
    return are_same(left, file, right, file, comparison);
  }
  int reads() const { return left.reads + right.reads; }
};

}  // namespace

TEST_CASE("files of different sizes differ, and are not read") {
  TwoTrees trees("abc", "abcd");
  const FileInfo longer{.path = "/f", .size = 4};
  CHECK_FALSE(are_same(trees.left, trees.file, trees.right, longer, Comparison::automatic));
  CHECK(trees.reads() == 0);
}

TEST_CASE("without any evidence the content decides") {
  CHECK(TwoTrees("abc", "abc").same());
  CHECK_FALSE(TwoTrees("abc", "abd").same());
}

TEST_CASE("an equal modification time at the origin decides without reading") {
  TwoTrees trees("abc", "abc");
  trees.left.times["/f"] = trees.right.times["/f"] = early;
  CHECK(trees.same());
  CHECK(trees.reads() == 0);
}

TEST_CASE("a different time at the origin is a change, in either direction") {
  TwoTrees trees("abc", "abd");
  trees.left.times["/f"] = early;
  trees.right.times["/f"] = late;
  CHECK_FALSE(trees.same());
  trees.left.times["/f"] = late;
  trees.right.times["/f"] = early;
  CHECK_FALSE(trees.same());
  CHECK(trees.reads() == 0);
}

TEST_CASE("a time that only one files knows decides nothing") {
  TwoTrees trees("abc", "abd");
  trees.left.times["/f"] = late;
  CHECK_FALSE(trees.same());
  trees.right.content["/f"] = "abc";
  CHECK(trees.same());
}

TEST_CASE("the times at which services stored the objects decide nothing") {
  TwoTrees trees("abc", "abd");
  const FileInfo left{.path = "/f", .size = 3, .modified = early};
  const FileInfo right{.path = "/f", .size = 3, .modified = late};
  CHECK_FALSE(are_same(trees.left, left, trees.right, right, Comparison::automatic));
  CHECK_FALSE(are_same(trees.left, left, trees.right, left, Comparison::automatic));
}

TEST_CASE("an equal MD5 of both services decides without reading") {
  TwoTrees trees("abc", "abc");
  trees.left.md5s["/f"] = trees.right.md5s["/f"] = md5_of_abc;
  CHECK(trees.same());
  CHECK(trees.reads() == 0);
}

TEST_CASE("an unequal MD5 proves nothing: the ETag of an encrypted object looks like one") {
  TwoTrees trees("abc", "abc");
  trees.left.md5s["/f"] = md5_of_abc;
  trees.right.md5s["/f"] = "00000000000000000000000000000000";
  CHECK(trees.same());
  trees.right.content["/f"] = "abd";
  CHECK_FALSE(trees.same());
}

TEST_CASE("a local file is read once to compare it with the MD5 of a service") {
  const TempDir folder;
  std::ofstream(folder.path() / "f", std::ios::binary) << "abc";
  const auto local = make_local_tree(false, {});
  const auto file = local->stat(join(folder.string(), "f"));
  TwoTrees trees("", "abc");
  trees.right.md5s["/f"] = md5_of_abc;
  CHECK(are_same(*local, file, trees.right, trees.file, Comparison::automatic));
  CHECK(trees.reads() == 0);
}

TEST_CASE("content is read although times and MD5s are equal, when that is asked for") {
  TwoTrees trees("abc", "abd");
  trees.left.times["/f"] = trees.right.times["/f"] = early;
  trees.left.md5s["/f"] = trees.right.md5s["/f"] = md5_of_abc;
  CHECK_FALSE(trees.same(Comparison::content));
}

TEST_CASE("nothing is read when sizes alone are to decide") {
  TwoTrees trees("abc", "abd");
  CHECK(trees.same(Comparison::size_only));
  CHECK(trees.reads() == 0);
}
