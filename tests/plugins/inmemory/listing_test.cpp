// SPDX-License-Identifier: Apache-2.0
//
// List and walk of the driver `inmemory`: order, start_after, skipping and stopping.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "driver.hpp"
#include "support/driver_calls.hpp"

using berth::inmemory::MemoryDriver;
using namespace berth::test;
using Names = std::vector<std::string>;

namespace {

struct Tree {
  Tree() {
    for (const char* path : {"/a-b/f", "/a.b", "/a/x/1", "/a/x/2", "/a/y", "/a0", "/b"})
      put(*store, path, path);
  }
  std::unique_ptr<MemoryDriver> store = open_driver<MemoryDriver>();
};

const Names everything{"/a-b/",  "/a-b/f", "/a.b", "/a/", "/a/x/",
                       "/a/x/1", "/a/x/2", "/a/y", "/a0", "/b"};

Names after(const std::string& name) {
  Names rest = everything;
  while (!rest.empty() && rest.front() != name) rest.erase(rest.begin());
  if (!rest.empty()) rest.erase(rest.begin());
  return rest;
}

}  // namespace

TEST_CASE_FIXTURE(Tree, "a walk sorts a directory as its name with a slash, before its contents") {
  CHECK(walk(*store, "/") == everything);
  CHECK(walk(*store, "/a") == Names{"/a/x/", "/a/x/1", "/a/x/2", "/a/y"});
}

TEST_CASE_FIXTURE(Tree, "a walk continues after any of its entries") {
  for (const std::string& name : everything) {
    std::string path = name;
    if (path.back() == '/') path.pop_back();
    CHECK(walk(*store, "/", path) == after(name));
  }
}

TEST_CASE_FIXTURE(Tree, "a walk continues after a path that does not exist") {
  CHECK(walk(*store, "/", "/a/x/15") == after("/a/x/1"));
  CHECK(walk(*store, "/", "/a/xx/deep") == after("/a/x/2"));
  CHECK(walk(*store, "/", "/a/q/deep") == after("/a/"));
  CHECK(walk(*store, "/", "/A") == everything);
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

TEST_CASE_FIXTURE(Tree, "names that begin with a skipped name are reported") {
  const auto fresh = open_driver<MemoryDriver>();
  for (const char* path : {"/t/0.1.2/l", "/t/0.1.20/l", "/t/0.1.2-rc/l"}) put(*fresh, path, "");
  const auto skip = [](std::string_view) -> int32_t { return BERTH_VISIT_SKIP_DIRECTORY; };
  CHECK(walk(*fresh, "/t", {}, skip) == Names{"/t/0.1.2-rc/", "/t/0.1.2/", "/t/0.1.20/"});
}

TEST_CASE_FIXTURE(Tree, "a walk stops when the caller asks for it") {
  const auto stop = [](std::string_view path) -> int32_t {
    return path == "/a/x" ? BERTH_VISIT_STOP : BERTH_VISIT_CONTINUE;
  };
  CHECK(walk(*store, "/", {}, stop) == Names{"/a-b/", "/a-b/f", "/a.b", "/a/", "/a/x/"});
}

TEST_CASE_FIXTURE(Tree, "a walk reports size and time for files and not for directories") {
  Entries entries;
  store->walk("/a", {}, entries.sink(), FakeCall());
  for (const SeenEntry& entry : entries.all()) {
    CHECK(entry.has_size == !entry.directory);
    CHECK(entry.has_mtime == !entry.directory);
    if (!entry.directory) CHECK(entry.size == entry.path.size());
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
  for (const char* path : {"/a.b", "/nothing", "/a/"}) {
    CHECK(status_of([&] { list(*store, path); }) == BERTH_STATUS_PATH_NOT_FOUND);
    CHECK(status_of([&] { walk(*store, path); }) == BERTH_STATUS_PATH_NOT_FOUND);
  }
}

TEST_CASE("list and walk of an empty store report nothing") {
  const auto store = open_driver<MemoryDriver>();
  CHECK(list(*store, "/").empty());
  CHECK(walk(*store, "/").empty());
}

TEST_CASE("more entries than one batch are reported once and in order") {
  const auto store = open_driver<MemoryDriver>();
  Names paths, folders;
  for (int i = 1000; i < 2500; ++i) {
    paths.push_back("/d/" + std::to_string(i));
    put(*store, paths.back(), "x");
  }
  for (int i = 1000; i < 1700; ++i) {
    folders.push_back("/e/" + std::to_string(i) + "/");
    put(*store, folders.back() + "f", "x");
    put(*store, folders.back() + "g", "x");
  }
  CHECK(list(*store, "/d") == paths);
  CHECK(walk(*store, "/d") == paths);
  CHECK(list(*store, "/e") == folders);
  const auto skip = [](std::string_view) -> int32_t { return BERTH_VISIT_SKIP_DIRECTORY; };
  CHECK(walk(*store, "/e", {}, skip) == folders);
}

TEST_CASE_FIXTURE(Tree, "the callback of a walk may change the store") {
  struct State {
    MemoryDriver* store;
    int seen = 0;
  } state{store.get(), 0};
  const berth_entry_fn remover = [](void* sink, const berth_entry* entry) noexcept -> int32_t {
    auto& s = *static_cast<State*>(sink);
    ++s.seen;
    if (!(entry->flags & BERTH_ENTRY_DIRECTORY)) remove(*s.store, berth::sdk::view(entry->path));
    return BERTH_VISIT_CONTINUE;
  };
  store->walk("/", {}, berth::sdk::Sink(remover, &state), FakeCall());
  CHECK(state.seen == 10);
  CHECK(list(*store, "/").empty());
}

TEST_CASE("a thousand nested directories are listed, walked, moved and removed") {
  const auto store = open_driver<MemoryDriver>();
  std::string path;
  for (int i = 0; i < 1000; ++i) path += "/a";
  put(*store, path + "/f", "x");
  CHECK(walk(*store, "/").size() == 1001);
  CHECK(list(*store, path) == Names{path + "/f"});
  move(*store, "/a", "/b");
  remove(*store, "/b");
  CHECK(list(*store, "/").empty());
}
