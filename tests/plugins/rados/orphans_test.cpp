// SPDX-License-Identifier: Apache-2.0
//
// The view of orphans finds, reads and removes what a crash left, and nothing else.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "ceph.hpp"
#include "directories.hpp"
#include "requests.hpp"

using namespace berth;
using namespace berth::test;
using Names = std::vector<std::string>;

namespace {

const CephSpace::Given at_once{{"view", "orphans"}, {"minage", "0"}};

// Makes both chunks of a blob an hour old, with a change of this attribute.
void make_old(const rados::Session& session, const std::string& blob,
              const char* attribute = "test.aged", const char* value = "1") {
  for (const std::uint64_t number : {0U, 1U}) {
    rados::WriteOperation change;
    change.set_attribute(attribute, value).set_mtime(std::time(nullptr) - 3600);
    CHECK(change.run(session, rados::chunk_name(blob, number), FakeCall()) == 0);
  }
}

}  // namespace

TEST_CASE("files, closed uploads and moved files are not orphans") {
  const CephSpace space;
  const auto store = space.open({{"chunksize", "1000"}});
  const auto other_root = space.open({{"rootdirectory", "/elsewhere"}});
  put(*store, "/a/f", std::string(2500, 'x'));
  put(*store, "/a/f", std::string(1500, 'y'));
  put(*other_root, "/g", "g");
  move(*store, "/a/f", "/b/f");
  const auto upload = writer(*store, "/u");
  write(*upload, std::string(1500, 'z'));
  keep(*upload);
  CHECK(list(*space.open(at_once), "/").empty());
}

TEST_CASE("what a crash left is found, read and removed, and nothing else") {
  const CephSpace space;
  const auto store = space.open({{"chunksize", "1000"}});
  put(*store, "/f", std::string(2500, 'x'));
  put(*store, "/g", "stays");
  space.tool("rmomapkey / f");  // as if the process had died before it added the entry
  const auto orphans = space.open(at_once);
  const Names found = list(*orphans, "/");
  REQUIRE(found.size() == 1);
  CHECK(stat(*orphans, found[0]).size == 2500);
  CHECK(read(*orphans, found[0]) == std::string(2500, 'x'));
  CHECK(status_of([&] { put(*orphans, "/x", "x"); }) == BERTH_STATUS_UNSUPPORTED_METHOD);
  CHECK(status_of([&] { remove(*orphans, "/g"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  remove(*orphans, found[0]);
  CHECK(list(*orphans, "/").empty());
  CHECK(get(*store, "/g") == "stays");
  CHECK(space.chunks().size() == 1);
}

TEST_CASE("chunks without the first are removed") {
  const CephSpace space;
  const std::string chunk = "blob:00000000-0000-4000-8000-000000000001-7";
  space.tool("create " + chunk);
  const auto orphans = space.open(at_once);
  const Names found = list(*orphans, "/");
  REQUIRE(found.size() == 1);
  CHECK(status_of([&] { read(*orphans, found[0]); }) == BERTH_STATUS_CORRUPT);
  remove(*orphans, found[0]);
  CHECK(space.objects().empty());
}

TEST_CASE("a blob younger than minage, such as an upload in progress, is not shown") {
  const CephSpace space;
  const auto store = space.open({{"chunksize", "1000"}});
  const auto upload = writer(*store, "/f");
  write(*upload, std::string(5000, 'x'));
  CHECK(list(*space.open({{"view", "orphans"}}), "/").empty());
  commit(*upload);
  CHECK(get(*store, "/f") == std::string(5000, 'x'));
}

TEST_CASE("an upload that maintenance removed fails at commit instead of losing bytes") {
  const CephSpace space;
  const auto store = space.open({{"chunksize", "1000"}});
  const auto upload = writer(*store, "/f");
  write(*upload, std::string(3500, 'x'));
  keep(*upload);  // waits until all chunks are stored
  space.tool("rmomapkey berth:uploads /f");
  const auto orphans = space.open(at_once);
  for (const std::string& path : list(*orphans, "/")) remove(*orphans, path);
  CHECK(status_of([&] { commit(*upload); }) == BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(status_of([&] { stat(*store, "/f"); }) == BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE("a blob whose time of a move is unreadable is not taken for an old one") {
  const CephSpace space;
  const auto store = space.open({{"chunksize", "1000"}});
  const auto older = space.open({{"view", "orphans"}, {"minage", "600000"}});
  const rados::Session session(settings_of(space), FakeCall());
  put(*store, "/f", std::string(1500, 'x'));
  const std::string blob = *rados::Directories(session).find("/f", FakeCall());
  space.tool("rmomapkey / f");
  make_old(session, blob);
  CHECK(list(*older, "/").size() == 1);
  make_old(session, blob, rados::touch_attribute, "soon");
  CHECK(list(*older, "/").empty());
  CHECK(list(*space.open(at_once), "/").size() == 1);
}

// The files are old enough to be orphans. They are kept because they have names, or were moved just
// now.
TEST_CASE("removing orphans while others write and move removes none of their files") {
  const CephSpace space;
  const auto store = space.open({{"chunksize", "1000"}});
  const auto orphans = space.open({{"view", "orphans"}, {"minage", "600000"}});
  const rados::Session session(settings_of(space), FakeCall());
  const rados::Directories directories(session);
  std::atomic<bool> done{false};
  std::thread maintenance([&] {
    while (!done)
      for (const std::string& path : list(*orphans, "/"))
        status_of([&] { remove(*orphans, path); });
  });
  for (int i = 0; i < 150; ++i) {
    put(*store, "/a/f", std::string(1500, 'x'));
    make_old(session, *directories.find("/a/f", FakeCall()));
    move(*store, "/a/f", "/b/f" + std::to_string(i % 3));
  }
  done = true;
  maintenance.join();
  for (int i = 0; i < 3; ++i)
    CHECK(get(*store, "/b/f" + std::to_string(i)) == std::string(1500, 'x'));
}
