// SPDX-License-Identifier: Apache-2.0
//
// The composed walk over a tree in memory; the table of the model's own walk tests, in Berth's one
// order.
#include "model/walk.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <berth/errors.hpp>

#include "model/path.hpp"

namespace {

using berth::Entry;
using berth::FileInfo;
using berth::PathNotFoundError;
using berth::Visit;

// Files by path; directories follow from them.
class Tree {
 public:
  explicit Tree(std::set<std::string> files) : files_(std::move(files)) {}

  berth::model::WalkSteps steps() {
    return {.list = [this](const std::string& d, const berth::Visitor& v) { list(d, v); },
            .stat = [this](const std::string& p) { return stat(p); }};
  }
  std::set<std::string> vanished;   // listed, but gone when asked for
  std::vector<std::string> listed;  // directories, in order
  std::string stop_at, skip_at;

  std::string walk(const std::string& from, const std::string& start_after = {}) {
    std::string order;
    berth::model::walk(steps(), from, start_after, [&](const Entry& entry) {
      order += std::string(entry.path) + (entry.is_directory ? "/ " : " ");
      if (!entry.is_directory) CHECK(entry.size == 1);
      if (entry.path == stop_at) return Visit::stop;
      return entry.path == skip_at ? Visit::skip_directory : Visit::carry_on;
    });
    return order;
  }

 private:
  void list(const std::string& directory, const berth::Visitor& visit) {
    listed.push_back(directory);
    std::map<std::pair<std::string, bool>, int> children;
    for (const std::string& file : files_) {
      if (!berth::model::is_below(file, directory)) continue;
      const std::size_t slash = file.find('/', directory.size() == 1 ? 1 : directory.size() + 1);
      children[{file.substr(0, slash), slash != std::string::npos}];
    }
    if (vanished.contains(directory) || (children.empty() && directory != "/"))
      throw PathNotFoundError({.path = directory});
    for (const auto& [child, unused] : children)
      visit(Entry{.path = child.first, .is_directory = child.second});
  }
  FileInfo stat(const std::string& path) const {
    if (vanished.contains(path)) throw PathNotFoundError({.path = path});
    return {.path = path, .size = 1, .modified = berth::Time{}};
  }

  std::set<std::string> files_;
};

Tree model_tree() {
  return Tree({"/file1", "/folder1/file1", "/folder1/file2", "/folder1-suffix/file1",
               "/folder2/file1", "/folder3/subfolder1/subfolder1/file1",
               "/folder3/subfolder2/subfolder1/file1", "/folder4"});
}

}  // namespace

TEST_CASE("a walk reports everything, a directory just before its content") {
  CHECK(model_tree().walk("/") ==
        "/file1 /folder1-suffix/ /folder1-suffix/file1 /folder1/ /folder1/file1 /folder1/file2 "
        "/folder2/ /folder2/file1 /folder3/ /folder3/subfolder1/ /folder3/subfolder1/subfolder1/ "
        "/folder3/subfolder1/subfolder1/file1 /folder3/subfolder2/ "
        "/folder3/subfolder2/subfolder1/ /folder3/subfolder2/subfolder1/file1 /folder4 ");
}

TEST_CASE("a walk from a directory does not report the directory") {
  CHECK(model_tree().walk("/folder1") == "/folder1/file1 /folder1/file2 ");
}

TEST_CASE("a walk from a missing path or a file fails") {
  Tree tree = model_tree();
  CHECK_THROWS_AS(tree.walk("/missing"), PathNotFoundError);
  CHECK_THROWS_AS(tree.walk("/folder4"), PathNotFoundError);
}

TEST_CASE("a walk of an empty store reports nothing") {
  CHECK(Tree({}).walk("/").empty());
}

TEST_CASE("a directory that is skipped is not entered, and only that one") {
  Tree tree({"/0.1.2/a", "/0.1.20/a", "/0.1.2-x"});
  tree.skip_at = "/0.1.2";
  CHECK(tree.walk("/") == "/0.1.2-x /0.1.2/ /0.1.20/ /0.1.20/a ");
  CHECK(tree.listed == std::vector<std::string>{"/", "/0.1.20"});
}

TEST_CASE("skip_directory on a file has no effect") {
  Tree tree({"/a", "/b"});
  tree.skip_at = "/a";
  CHECK(tree.walk("/") == "/a /b ");
}

TEST_CASE("stop ends the walk at once") {
  Tree tree({"/a/1", "/a/2", "/b"});
  tree.stop_at = "/a/1";
  CHECK(tree.walk("/") == "/a/ /a/1 ");
}

TEST_CASE("what vanishes meanwhile is left out") {
  Tree tree({"/a", "/b/c", "/d"});
  tree.vanished = {"/a", "/b"};
  CHECK(tree.walk("/") == "/b/ /d ");
}

TEST_CASE("start_after continues behind any entry, file or directory") {
  Tree tree = model_tree();
  std::vector<std::string> order;
  berth::model::walk(tree.steps(), "/", "", [&](const Entry& entry) {
    order.emplace_back(entry.path);
    return Visit::carry_on;
  });
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::vector<std::string> rest;
    berth::model::walk(tree.steps(), "/", order[i], [&](const Entry& entry) {
      rest.emplace_back(entry.path);
      return Visit::carry_on;
    });
    CHECK(rest == std::vector<std::string>(order.begin() + static_cast<long>(i) + 1, order.end()));
  }
}

TEST_CASE("start_after need not exist, nor lie inside") {
  Tree tree({"/b/1", "/b/3", "/c"});
  CHECK(tree.walk("/", "/b/2") == "/b/3 /c ");
  CHECK(tree.walk("/", "/a") == "/b/ /b/1 /b/3 /c ");
  CHECK(tree.walk("/b", "/a") == "/b/1 /b/3 ");
  CHECK(tree.walk("/b", "/b") == "/b/1 /b/3 ");
  CHECK(tree.walk("/b", "/c").empty());
}

TEST_CASE("directories before start_after are not listed") {
  Tree tree({"/a/1", "/b/1", "/c/1"});
  CHECK(tree.walk("/", "/b/1") == "/c/ /c/1 ");
  CHECK(tree.listed == std::vector<std::string>{"/", "/b", "/c"});
}

TEST_CASE("an object and a directory of one name are both reported") {
  CHECK(Tree({"/a", "/a/b"}).walk("/") == "/a /a/ /a/b ");
}
