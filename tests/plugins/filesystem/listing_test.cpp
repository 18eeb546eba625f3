// SPDX-License-Identifier: Apache-2.0
//
// List and walk of the driver `filesystem`: order, start_after, skipping and stopping.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.hpp"

using namespace berth::test;
namespace fs = std::filesystem;
using Names = std::vector<std::string>;

namespace {

struct Tree : Disk {
  Tree() {
    const auto fast = open({{"fsync", "false"}});
    for (const char* path : {"/a-b/f", "/a.b", "/a/x/1", "/a/x/2", "/a/y", "/a0", "/b"})
      put(*fast, path, path);
  }
};

const Names whole_tree{"/a-b/",  "/a-b/f", "/a.b", "/a/", "/a/x/",
                       "/a/x/1", "/a/x/2", "/a/y", "/a0", "/b"};

Names after(const std::string& name) {
  Names rest = whole_tree;
  while (!rest.empty() && rest.front() != name) rest.erase(rest.begin());
  if (!rest.empty()) rest.erase(rest.begin());
  return rest;
}

}  // namespace

TEST_CASE_FIXTURE(Tree, "a walk sorts a directory as its name with a slash, before its contents") {
  CHECK(walk(*store, "/") == whole_tree);
  CHECK(walk(*store, "/a") == Names{"/a/x/", "/a/x/1", "/a/x/2", "/a/y"});
}

TEST_CASE_FIXTURE(Tree, "a walk continues after any of its entries") {
  for (const std::string& name : whole_tree) {
    std::string path = name;
    if (path.back() == '/') path.pop_back();
    CHECK(walk(*store, "/", path) == after(name));
  }
}

TEST_CASE_FIXTURE(Tree, "a walk continues after a path that does not exist") {
  CHECK(walk(*store, "/", "/a/x/15") == after("/a/x/1"));
  CHECK(walk(*store, "/", "/a/xx/deep") == after("/a/x/2"));
  CHECK(walk(*store, "/", "/a/q/deep") == after("/a/"));
  CHECK(walk(*store, "/", "/A") == whole_tree);
  CHECK(walk(*store, "/", "/a.b/deep") == after("/a.b"));
}

TEST_CASE_FIXTURE(Tree, "start_after outside the walked directory selects everything or nothing") {
  CHECK(walk(*store, "/a", "/a-b") == walk(*store, "/a"));
  CHECK(walk(*store, "/a", "/a") == walk(*store, "/a"));
  CHECK(walk(*store, "/a", "/b").empty());
}

TEST_CASE_FIXTURE(Tree, "skipping a directory skips its contents and nothing else") {
  const auto skip = [](std::string_view path) -> int32_t {
    return path == "/a" || path == "/a-b" ? BERTH_VISIT_SKIP_DIRECTORY : BERTH_VISIT_CONTINUE;
  };
  CHECK(walk(*store, "/", {}, skip) == Names{"/a-b/", "/a.b", "/a/", "/a0", "/b"});
}

TEST_CASE_FIXTURE(Tree, "a walk stops when the caller asks for it") {
  const auto stop = [](std::string_view path) -> int32_t {
    return path == "/a/x" ? BERTH_VISIT_STOP : BERTH_VISIT_CONTINUE;
  };
  CHECK(walk(*store, "/", {}, stop) == Names{"/a-b/", "/a-b/f", "/a.b", "/a/", "/a/x/"});
}

TEST_CASE_FIXTURE(Tree, "a walk reports the size and time of files") {
  Entries entries;
  store->walk("/", {}, entries.sink(), FakeCall());
  for (const SeenEntry& entry : entries.all()) {
    if (entry.directory) continue;
    CHECK(entry.size == entry.path.size());
    CHECK(entry.mtime_ns == stat(*store, entry.path).mtime_ns);
  }
}

TEST_CASE_FIXTURE(Tree, "a list has each direct child once, in walk order") {
  CHECK(list(*store, "/") == Names{"/a-b/", "/a.b", "/a/", "/a0", "/b"});
  CHECK(list(*store, "/a") == Names{"/a/x/", "/a/y"});
}

TEST_CASE_FIXTURE(Tree, "a list continues after a child") {
  CHECK(list(*store, "/", "/a") == Names{"/a0", "/b"});
  CHECK(list(*store, "/", "/a.b") == Names{"/a/", "/a0", "/b"});
  CHECK(list(*store, "/", "/a/x/1") == Names{"/a0", "/b"});
  CHECK(list(*store, "/", "/b").empty());
}

TEST_CASE_FIXTURE(Tree, "a file and a missing path cannot be listed or walked") {
  for (const char* path : {"/a.b", "/nothing", "/b/x"}) {
    CHECK(status_of([&] { list(*store, path); }) == BERTH_STATUS_PATH_NOT_FOUND);
    CHECK(status_of([&] { walk(*store, path); }) == BERTH_STATUS_PATH_NOT_FOUND);
  }
}

TEST_CASE_FIXTURE(Tree, "an empty directory of a registry is listed") {
  fs::create_directories(root + "/c/_uploads");
  CHECK(walk(*store, "/c") == Names{"/c/_uploads/"});
  CHECK(list(*store, "/c/_uploads").empty());
  CHECK((store->capabilities().flags & BERTH_CAP_EMPTY_DIRECTORIES) != 0);
  remove(*store, "/c/_uploads");
  CHECK(status_of([&] { stat(*store, "/c"); }) == BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE_FIXTURE(Tree, "entries that are removed during a walk are left out") {
  struct State {
    std::string root;
    Names seen;
  } state{root, {}};
  const berth_entry_fn sink = [](void* to, const berth_entry* entry) noexcept -> int32_t {
    auto& s = *static_cast<State*>(to);
    s.seen.emplace_back(berth::sdk::view(entry->path));
    if (s.seen.back() == "/a/x") fs::remove_all(s.root + "/a/x");
    if (s.seen.back() == "/a/y") fs::remove(s.root + "/a0");
    return BERTH_VISIT_CONTINUE;
  };
  store->walk("/", {}, berth::sdk::Sink(sink, &state), FakeCall());
  CHECK(state.seen == Names{"/a-b", "/a-b/f", "/a.b", "/a", "/a/x", "/a/y", "/b"});
}

TEST_CASE_FIXTURE(Disk, "a directory larger than one read is listed in order, each name once") {
  Names names;
  fs::create_directories(root + "/d");
  for (int i = 10000; i < 15000; ++i) {
    names.push_back("/d/object-with-a-longer-name-" + std::to_string(i));
    std::ofstream(root + names.back()) << i;
  }
  CHECK(list(*store, "/d") == names);
  CHECK(walk(*store, "/d") == names);
}

TEST_CASE_FIXTURE(Disk, "names that are not valid in a path are listed and walked unchanged") {
  const Names names{"/caf\xe9/", "/caf\xe9/ok", "/two\nlines/", "/two\nlines/\x01"};
  for (const std::string& name : names) {
    if (name.back() == '/')
      fs::create_directories(root + name);
    else
      std::ofstream(root + name) << "x";
  }
  CHECK(walk(*store, "/") == names);
  CHECK(list(*store, "/") == Names{"/caf\xe9/", "/two\nlines/"});
  CHECK(list(*store, "/two\nlines") == Names{"/two\nlines/\x01"});
}
