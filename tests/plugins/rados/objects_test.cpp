// SPDX-License-Identifier: Apache-2.0
//
// The operations, one by one, on a real Ceph.
#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "ceph.hpp"

using namespace berth;
using namespace berth::test;
using Names = std::vector<std::string>;

namespace {

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<char>((i * 2654435761U + (i >> 8)) >> 11);
  return bytes;
}

}  // namespace

TEST_CASE("an empty pool has a root that lists nothing") {
  const CephSpace space;
  const auto store = space.open();
  CHECK(list(*store, "/").empty());
  CHECK(walk(*store, "/").empty());
  CHECK(stat(*store, "/").directory);
  CHECK(status_of([&] { list(*store, "/a"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(status_of([&] { stat(*store, "/a"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(space.objects().empty());
}

TEST_CASE("an object is read as it was put, with its size and time") {
  const CephSpace space;
  const auto store = space.open();
  put(*store, "/a/b/c", "hello");
  CHECK(get(*store, "/a/b/c") == "hello");
  CHECK(read(*store, "/a/b/c") == "hello");
  CHECK(read(*store, "/a/b/c", {1, 3}) == "ell");
  CHECK(read(*store, "/a/b/c", {5}) == "");
  CHECK(read(*store, "/a/b/c", {99}) == "");
  const auto info = stat(*store, "/a/b/c");
  CHECK(info.size == 5);
  CHECK(info.mtime_ns.value_or(0) > 1600000000LL * 1000000000);
  CHECK(stat(*store, "/a/b").directory);
}

TEST_CASE("objects of sizes around the chunk size are read whole, by get and by reader") {
  const CephSpace space;
  const auto store = space.open({{"chunksize", "1000"}});
  for (const std::size_t size : {0, 1, 999, 1000, 1001, 2000, 25500}) {
    CAPTURE(size);
    const std::string bytes = pattern(size);
    put(*store, "/f", bytes);
    CHECK(stat(*store, "/f").size == size);
    CHECK((get(*store, "/f") == bytes));
    CHECK((read(*store, "/f") == bytes));
    if (size > 10) CHECK((read(*store, "/f", {size - 10, 7}) == bytes.substr(size - 10, 7)));
  }
}

TEST_CASE("an overwrite removes the chunks of the old object") {
  const CephSpace space;
  const auto store = space.open({{"chunksize", "1000"}});
  put(*store, "/f", pattern(9500));
  CHECK(space.chunks().size() == 10);
  put(*store, "/f", "short");
  CHECK(get(*store, "/f") == "short");
  CHECK(space.chunks().size() == 1);
  remove(*store, "/f");
  CHECK(space.chunks().empty());
}

TEST_CASE("removing an object removes its empty directories and nothing else") {
  const CephSpace space;
  const auto store = space.open();
  put(*store, "/d/a/f", "1");
  put(*store, "/d/a-x/f", "2");
  put(*store, "/d/a.y/f", "3");
  put(*store, "/d/ab/f", "4");
  remove(*store, "/d/a");
  CHECK(status_of([&] { get(*store, "/d/a/f"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(status_of([&] { stat(*store, "/d/a"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(list(*store, "/d") == Names{"/d/a-x/", "/d/a.y/", "/d/ab/"});
  remove(*store, "/d/a-x/f");
  remove(*store, "/d/a.y/f");
  remove(*store, "/d/ab/f");
  CHECK(list(*store, "/").empty());
  CHECK(space.objects() == Names{"/"});
}

TEST_CASE("removing a missing path is an error and changes nothing") {
  const CephSpace space;
  const auto store = space.open();
  put(*store, "/d/ab/f", "4");
  CHECK(status_of([&] { remove(*store, "/d/a"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(status_of([&] { remove(*store, "/d/ab/f/x"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(get(*store, "/d/ab/f") == "4");
}

TEST_CASE("create_only refuses an existing object") {
  const CephSpace space;
  const auto store = space.open();
  sdk::WriteOptions options;
  options.create_only = true;
  put(*store, "/f", "1", options);
  CHECK(status_of([&] { put(*store, "/f", "2", options); }) == BERTH_STATUS_ALREADY_EXISTS);
  CHECK(get(*store, "/f") == "1");
  CHECK(space.chunks().size() == 1);
}

TEST_CASE("a file does not replace a directory, nor a directory a file") {
  const CephSpace space;
  const auto store = space.open();
  put(*store, "/a/b", "1");
  CHECK(message_of([&] { put(*store, "/a", "2"); }) == "/a is a directory");
  CHECK(message_of([&] { put(*store, "/a/b/c", "2"); }) == "/a/b is a file, not a directory");
  CHECK(walk(*store, "/") == Names{"/a/", "/a/b"});
  CHECK(space.objects().size() == 3);
}

TEST_CASE("list and walk are in walk order and continue after a path") {
  const CephSpace space;
  const auto store = space.open();
  for (const char* path : {"/t/a/x", "/t/a-b", "/t/a.b/y", "/t/a0", "/t/b/c/z", "/t/b/d"})
    put(*store, path, "x");
  CHECK(list(*store, "/t") == Names{"/t/a-b", "/t/a.b/", "/t/a/", "/t/a0", "/t/b/"});
  const Names all = walk(*store, "/t");
  CHECK(all == Names{"/t/a-b", "/t/a.b/", "/t/a.b/y", "/t/a/", "/t/a/x", "/t/a0", "/t/b/",
                     "/t/b/c/", "/t/b/c/z", "/t/b/d"});
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::string start = all[i];
    if (start.back() == '/') start.pop_back();
    CHECK(walk(*store, "/t", start) ==
          Names(all.begin() + static_cast<std::ptrdiff_t>(i) + 1, all.end()));
  }
  CHECK(list(*store, "/t", "/t/a.b") == Names{"/t/a/", "/t/a0", "/t/b/"});
  CHECK(list(*store, "/t", "/t/a.b/y") == Names{"/t/a/", "/t/a0", "/t/b/"});
  CHECK(list(*store, "/t", "/t/b/zzz").empty());
  CHECK(list(*store, "/t", "/s") == list(*store, "/t"));
}

TEST_CASE("a directory of many pages is listed and removed completely") {
  const CephSpace space;
  const auto store = space.open();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 16; ++thread)
    threads.emplace_back([&store, thread] {
      for (int i = thread; i < 1100; i += 16) put(*store, "/big/f" + std::to_string(1000 + i), "");
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(list(*store, "/big").size() == 1100);
  CHECK(list(*store, "/big", "/big/f2000").size() == 99);
  CHECK(walk(*store, "/").size() == 1101);
  remove(*store, "/big");
  CHECK(space.objects() == Names{"/"});
}

TEST_CASE("a move keeps bytes and time, copies nothing, and creates parents") {
  const CephSpace space;
  const auto store = space.open();
  put(*store, "/a/b/c", "bytes");
  const auto before = stat(*store, "/a/b/c");
  const auto chunks = space.chunks();
  move(*store, "/a/b/c", "/x/y/z");
  CHECK(get(*store, "/x/y/z") == "bytes");
  CHECK(stat(*store, "/x/y/z").mtime_ns == before.mtime_ns);
  CHECK(space.chunks() == chunks);
  CHECK(walk(*store, "/") == Names{"/x/", "/x/y/", "/x/y/z"});
  move(*store, "/x/y/z", "/x/y/w");
  CHECK(get(*store, "/x/y/w") == "bytes");
  CHECK(list(*store, "/x/y") == Names{"/x/y/w"});
}

TEST_CASE("a move that replaces an object removes the chunks of that object") {
  const CephSpace space;
  const auto store = space.open();
  put(*store, "/a/f", "new");
  put(*store, "/b/f", "old");
  put(*store, "/b/g", "older");
  move(*store, "/a/f", "/b/f");
  move(*store, "/b/f", "/b/g");
  CHECK(get(*store, "/b/g") == "new");
  CHECK(space.chunks().size() == 1);
}

TEST_CASE("a move of a missing source keeps the destination, and a directory is not moved") {
  const CephSpace space;
  const auto store = space.open();
  put(*store, "/a/f", "1");
  put(*store, "/b/f", "2");
  CHECK(status_of([&] { move(*store, "/a/x", "/b/f"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(status_of([&] { move(*store, "/a", "/c"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(get(*store, "/a/f") == "1");
  CHECK(get(*store, "/b/f") == "2");
}

TEST_CASE("a move onto a directory or below a file fails and keeps the source") {
  const CephSpace space;
  const auto store = space.open();
  put(*store, "/a/f", "1");
  put(*store, "/b/c/f", "2");
  CHECK(status_of([&] { move(*store, "/a/f", "/b/c"); }) == BERTH_STATUS_IO);
  CHECK(status_of([&] { move(*store, "/a/f", "/b/c/f/g"); }) == BERTH_STATUS_IO);
  CHECK(get(*store, "/a/f") == "1");
  move(*store, "/a/f", "/b/g");
  CHECK(get(*store, "/b/g") == "1");
}

TEST_CASE("two root directories of one pool are two stores") {
  const CephSpace space;
  const auto one = space.open({{"rootdirectory", "/one/"}});
  const auto two = space.open({{"rootdirectory", "two"}});
  const auto all = space.open();
  put(*one, "/f", "1");
  CHECK(list(*two, "/").empty());
  put(*two, "/d/f", "2");
  CHECK(list(*one, "/") == Names{"/f"});
  CHECK(walk(*two, "/") == Names{"/d/", "/d/f"});
  CHECK(walk(*two, "/", "/d") == Names{"/d/f"});
  CHECK(walk(*all, "/") == Names{"/one/", "/one/f", "/two/", "/two/d/", "/two/d/f"});
}

TEST_CASE("names with characters that are special in a shell or in JSON work") {
  const CephSpace space;
  const auto store = space.open();
  for (const std::string name :
       {"/a b", "/a\"b", "/\xC3\xA9", "/50%", "/x\\y", "/blob:x", "/'q'"}) {
    put(*store, name, name);
    CHECK(get(*store, name) == name);
  }
  CHECK(list(*store, "/").size() == 7);
}

TEST_CASE("a cancelled put leaves nothing") {
  const CephSpace space;
  const auto store = space.open({{"chunksize", "2097152"}});
  for (const std::size_t size : {5U, 32U << 20}) {
    const std::string bytes(size, 'x');
    for (int questions = 1; questions < 40; questions += 12) {
      FakeCall call;
      call.cancel_after(questions);
      status_of([&] { store->put("/d/f", bytes, {}, call); });
      status_of([&] { remove(*store, "/d/f"); });  // it may have been cancelled too late
      CHECK(space.chunks().empty());
    }
  }
}

// The id of the replaced blob is longer than the cluster allows, so its chunks cannot be removed.
TEST_CASE("an operation does not fail because the replaced blob cannot be removed") {
  const CephSpace space;
  const auto store = space.open({{"chunksize", "1000"}});
  const std::string overlong(3000, 'b');
  const auto make = [&](const std::string& name) {
    put(*store, "/d/" + name, "x");
    space.tool("rm " + space.tool("getomapval /d " + name + " /dev/stdout").substr(0, 41) + "-0");
    space.tool("setomapval /d " + name + " " + overlong);
  };
  make("f");
  put(*store, "/d/f", "new");
  CHECK(get(*store, "/d/f") == "new");
  make("g");
  move(*store, "/d/f", "/d/g");
  CHECK(get(*store, "/d/g") == "new");
  make("h");
  put(*store, "/f", "new");
  move(*store, "/f", "/d/h");
  CHECK(get(*store, "/d/h") == "new");
  make("a");
  remove(*store, "/d/a");
  CHECK(list(*store, "/d") == Names{"/d/g", "/d/h"});
  make("a");
  put(*store, "/d/z", std::string(2500, 'z'));
  remove(*store, "/d");
  CHECK(space.objects() == Names{"/"});
}

TEST_CASE("a name that is too long is refused, and the message names the cluster's limit") {
  const CephSpace space;
  const auto store = space.open();
  const std::string path = "/" + std::string(3000, 'd') + "/f";
  CHECK(status_of([&] { put(*store, path, "x"); }) == BERTH_STATUS_INVALID_PATH);
  CHECK(message_of([&] { put(*store, path, "x"); }).find("osd_max_object_name_len") !=
        std::string::npos);
  CHECK(space.chunks().empty());
}

TEST_CASE("the place of a store is the cluster's pool, then the directories of its root") {
  const CephSpace space;
  const std::string whole = space.open()->place();
  const std::string below = space.open({{"rootdirectory", "/reg/2026"}})->place();
  const std::string pool = whole.substr(0, whole.find('\t'));
  CHECK(pool.starts_with("rados://"));
  CHECK(pool.ends_with("/namespace/" + space.name()));
  CHECK(below == whole + pool + "/reg\treg\n" + pool + "/reg/2026\t2026\n");
  CHECK(CephSpace().open()->place() != whole);
}

TEST_CASE("the view of orphans has no place") {
  const CephSpace space;
  CHECK(space.open({{"view", "orphans"}})->place().empty());
}
