// SPDX-License-Identifier: Apache-2.0
//
// Put, get, stat, move, copy and remove of the driver `inmemory`.
#include <string>

#include <doctest/doctest.h>

#include "driver.hpp"
#include "support/driver_calls.hpp"

using berth::inmemory::MemoryDriver;
using namespace berth::test;

namespace {

struct Memory {
  std::unique_ptr<MemoryDriver> store = open_driver<MemoryDriver>();
};

}  // namespace

TEST_CASE_FIXTURE(Memory, "an object is read as it was put") {
  put(*store, "/a/b", std::string("x\0\n\xff", 4));
  CHECK(get(*store, "/a/b") == std::string("x\0\n\xff", 4));
  CHECK(read(*store, "/a/b", {1, 2}) == std::string("\0\n", 2));
  CHECK(read(*store, "/a/b", {4, 9}).empty());
  CHECK(read(*store, "/a/b", {99, 9}).empty());
}

TEST_CASE_FIXTURE(Memory, "a put replaces the whole object") {
  put(*store, "/a", "a long first version");
  put(*store, "/a", "short");
  CHECK(get(*store, "/a") == "short");
  put(*store, "/a", "");
  CHECK(get(*store, "/a").empty());
}

TEST_CASE_FIXTURE(Memory, "an overwrite increases the time") {
  put(*store, "/a", "1");
  const auto first = stat(*store, "/a").mtime_ns;
  put(*store, "/a", "2");
  CHECK(*stat(*store, "/a").mtime_ns > *first);
}

TEST_CASE_FIXTURE(Memory, "two stores share nothing") {
  put(*store, "/a", "1");
  CHECK(list(*open_driver<MemoryDriver>(), "/").empty());
}

TEST_CASE_FIXTURE(Memory, "each store has a place of its own") {
  CHECK(store->place() == store->place());
  CHECK(store->place() != open_driver<MemoryDriver>()->place());
  CHECK(store->place().substr(0, 9) == "inmemory:");
  CHECK(store->place().substr(store->place().find('\t')) == "\t\n");
}

TEST_CASE_FIXTURE(Memory, "a missing path and a directory are not found as objects") {
  put(*store, "/d/f", "1");
  for (const char* path : {"/x", "/d", "/d/f/x", "/d/"}) {
    CHECK(status_of([&] { get(*store, path); }) == BERTH_STATUS_PATH_NOT_FOUND);
    CHECK(status_of([&] { read(*store, path); }) == BERTH_STATUS_PATH_NOT_FOUND);
  }
}

TEST_CASE_FIXTURE(Memory, "stat distinguishes files, directories and prefixes of names") {
  put(*store, "/d/ab/f", "123");
  CHECK(stat(*store, "/").directory);
  CHECK(stat(*store, "/d/ab").directory);
  CHECK(stat(*store, "/d/ab/f").size == 3);
  CHECK(status_of([&] { stat(*store, "/d/a"); }) == BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE_FIXTURE(Memory, "a put below an object or onto a directory fails") {
  put(*store, "/d/f", "1");
  CHECK(message_of([&] { put(*store, "/d/f/x/y", "2"); }) ==
        "'/d/f' is an object, not a directory; remove it first, or choose another name");
  CHECK(message_of([&] { put(*store, "/d", "2"); }) ==
        "'/d' is a directory; remove it first, or choose another name");
  CHECK(walk(*store, "/") == std::vector<std::string>{"/d/", "/d/f"});
}

TEST_CASE_FIXTURE(Memory, "create_only accepts a new name and refuses an existing one") {
  berth::sdk::WriteOptions options;
  options.create_only = true;
  put(*store, "/a", "1", options);
  CHECK(status_of([&] { put(*store, "/a", "2", options); }) == BERTH_STATUS_ALREADY_EXISTS);
  CHECK(get(*store, "/a") == "1");
}

TEST_CASE_FIXTURE(Memory, "a reader keeps the version it opened") {
  put(*store, "/a", "old");
  const auto reader = store->reader("/a", {}, FakeCall());
  put(*store, "/a", "new and longer");
  remove(*store, "/a");
  CHECK(read_all(*reader, 1) == "old");
  CHECK(reader->info()->size == 3);
}

TEST_CASE_FIXTURE(Memory, "a move overwrites and removes the source") {
  put(*store, "/a", "1");
  put(*store, "/d/b", "2");
  move(*store, "/a", "/d/b");
  CHECK(get(*store, "/d/b") == "1");
  CHECK(walk(*store, "/") == std::vector<std::string>{"/d/", "/d/b"});
}

TEST_CASE_FIXTURE(Memory, "a move onto itself changes nothing") {
  put(*store, "/a", "1");
  move(*store, "/a", "/a");
  CHECK(get(*store, "/a") == "1");
}

TEST_CASE_FIXTURE(Memory, "a move of a missing source does not change the destination") {
  put(*store, "/b", "2");
  CHECK(status_of([&] { move(*store, "/a", "/b"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(status_of([&] { move(*store, "/a", "/x/y"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(get(*store, "/b") == "2");
  CHECK(list(*store, "/") == std::vector<std::string>{"/b"});
}

TEST_CASE_FIXTURE(Memory, "a move below an object fails and keeps the source") {
  put(*store, "/notadir", "1");
  put(*store, "/a", "2");
  CHECK(status_of([&] { move(*store, "/a", "/notadir/x"); }) == BERTH_STATUS_IO);
  CHECK(get(*store, "/a") == "2");
}

TEST_CASE_FIXTURE(Memory, "the children of a moved directory are listed under the new name") {
  put(*store, "/d/x/f", "1");
  put(*store, "/d-e", "2");
  move(*store, "/d", "/n/m");
  CHECK(walk(*store, "/") ==
        std::vector<std::string>{"/d-e", "/n/", "/n/m/", "/n/m/x/", "/n/m/x/f"});
  CHECK(status_of([&] { move(*store, "/n", "/n/deeper"); }) == BERTH_STATUS_IO);
}

TEST_CASE_FIXTURE(Memory, "a copy is a second object") {
  put(*store, "/a", "1");
  store->copy("/a", "/b", {}, FakeCall());
  put(*store, "/a", "2");
  CHECK(get(*store, "/b") == "1");
  CHECK(status_of([&] { store->copy("/x", "/y", {}, FakeCall()); }) == BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE_FIXTURE(Memory, "a remove removes everything below and no sibling") {
  for (const char* path : {"/d/a/f", "/d/a/g/h", "/d/a-x/f", "/d/a.y/f", "/d/ab/f"})
    put(*store, path, "1");
  remove(*store, "/d/a");
  CHECK(list(*store, "/d") == std::vector<std::string>{"/d/a-x/", "/d/a.y/", "/d/ab/"});
  CHECK(status_of([&] { remove(*store, "/d/a"); }) == BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE_FIXTURE(Memory, "a directory is removed with its last object") {
  put(*store, "/a/b/c", "1");
  remove(*store, "/a/b/c");
  CHECK(list(*store, "/").empty());
  CHECK(status_of([&] { stat(*store, "/a"); }) == BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE_FIXTURE(Memory, "composed and decomposed letters are two objects") {
  put(*store, "/\xc3\xa9", "composed");
  put(*store, "/e\xcc\x81", "decomposed");
  CHECK(list(*store, "/") == std::vector<std::string>{"/e\xcc\x81", "/\xc3\xa9"});
  CHECK(get(*store, "/\xc3\xa9") == "composed");
}

TEST_CASE_FIXTURE(Memory, "a cancelled call does nothing") {
  FakeCall call;
  call.cancel();
  CHECK(status_of([&] { store->put("/a", "1", {}, call); }) == BERTH_STATUS_CANCELLED);
  CHECK(list(*store, "/").empty());
}
