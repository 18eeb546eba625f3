// SPDX-License-Identifier: Apache-2.0
//
// Writers on a real Ceph: when an object becomes visible, and uploads that another store continues.
#include <algorithm>
#include <array>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "ceph.hpp"

using namespace berth;
using namespace berth::test;
using Names = std::vector<std::string>;

namespace {

const CephSpace::Given small_chunks{{"chunksize", "1000"}};

std::string pattern(std::size_t size, std::size_t from = 0) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<char>(((i + from) * 2654435761U) >> 9);
  return bytes;
}

void leave_upload(sdk::Driver& store, std::string_view path, std::string_view bytes) {
  const auto upload = writer(store, path);
  write(*upload, bytes);
  keep(*upload);
}

}  // namespace

TEST_CASE("nothing is visible before commit, and all of it after") {
  const CephSpace space;
  const auto store = space.open(small_chunks);
  put(*store, "/d/f", "old");
  const auto upload = writer(*store, "/d/f");
  write(*upload, pattern(3500));
  CHECK(get(*store, "/d/f") == "old");
  commit(*upload);
  CHECK((get(*store, "/d/f") == pattern(3500)));
  CHECK(space.chunks().size() == 4);
}

TEST_CASE("writes of odd sizes make equal chunks") {
  const CephSpace space;
  const auto store = space.open(small_chunks);
  const auto upload = writer(*store, "/f");
  for (std::size_t sent = 0; sent < 2200; sent += 55) write(*upload, pattern(55, sent));
  CHECK(upload->size() == 2200);
  commit(*upload);
  CHECK((get(*store, "/f") == pattern(2200)));
  const std::string first = space.chunks()[0];
  CHECK(space.tool("stat " + first).find("size 1000") != std::string::npos);
}

TEST_CASE("a commit without a write makes an empty object") {
  const CephSpace space;
  const auto store = space.open();
  commit(*writer(*store, "/f"));
  CHECK(stat(*store, "/f").size == 0);
  CHECK(get(*store, "/f").empty());
  const auto more = appender(*store, "/f");
  write(*more, "x");
  commit(*more);
  CHECK(get(*store, "/f") == "x");
  CHECK(space.chunks().size() == 1);
}

TEST_CASE("another store continues a closed upload, at odd sizes") {
  const CephSpace space;
  const auto one = space.open(small_chunks);
  const auto two = space.open({{"chunksize", "4096"}});
  leave_upload(*one, "/u/f", pattern(1700));
  CHECK(list(*one, "/").empty());
  CHECK(status_of([&] { stat(*one, "/u/f"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  {
    const auto upload = appender(*two, "/u/f");
    CHECK(upload->size() == 1700);
    write(*upload, pattern(900, 1700));
    keep(*upload);
  }
  {
    const auto upload = appender(*one, "/u/f");
    CHECK(upload->size() == 2600);
    write(*upload, pattern(500, 2600));
    commit(*upload);
  }
  CHECK((get(*two, "/u/f") == pattern(3100)));
  CHECK(space.chunks().size() == 4);
  CHECK(space.tool("listomapkeys berth:uploads").empty());
}

TEST_CASE("an upload that was closed without a write is continued") {
  const CephSpace space;
  const auto store = space.open();
  keep(*writer(*store, "/f"));
  const auto upload = appender(*store, "/f");
  CHECK(upload->size() == 0);
  write(*upload, "late");
  commit(*upload);
  CHECK(get(*store, "/f") == "late");
  CHECK(space.chunks().size() == 1);
}

TEST_CASE(
    "an append to a committed object is visible after its commit only, and keeps the old bytes") {
  const CephSpace space;
  const auto store = space.open(small_chunks);
  put(*store, "/f", pattern(1500));
  const auto upload = appender(*store, "/f");
  CHECK(upload->size() == 1500);
  write(*upload, pattern(1000, 1500));
  CHECK((get(*store, "/f") == pattern(1500)));
  commit(*upload);
  CHECK((get(*store, "/f") == pattern(2500)));
  CHECK(space.chunks().size() == 3);
}

TEST_CASE("an append to an object that was replaced meanwhile fails and changes nothing") {
  const CephSpace space;
  const auto store = space.open();
  put(*store, "/f", "one");
  const auto upload = appender(*store, "/f");
  write(*upload, "+");
  put(*store, "/f", "two");
  CHECK(status_of([&] { commit(*upload); }) == BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(get(*store, "/f") == "two");
  CHECK(space.chunks().size() == 1);
}

TEST_CASE("of two writers that continue one upload, the later one keeps it") {
  const CephSpace space;
  const auto store = space.open(small_chunks);
  leave_upload(*store, "/f", pattern(1200));
  const auto early = appender(*store, "/f");
  const auto late = appender(*store, "/f");
  write(*late, "end");
  commit(*late);
  CHECK(status_of([&] { commit(*early); }) == BERTH_STATUS_PRECONDITION_FAILED);
  CHECK((get(*store, "/f") == pattern(1200) + "end"));
}

TEST_CASE("a writer that was displaced changes no byte of what the other committed") {
  const CephSpace space;
  const auto store = space.open(small_chunks);
  for (const std::size_t kept : {0, 400, 1000, 1200, 2000}) {
    CAPTURE(kept);
    leave_upload(*store, "/f", pattern(kept));
    const auto early = appender(*store, "/f");
    {
      const auto late = appender(*store, "/f");
      write(*late, pattern(3300 - kept, kept));
      commit(*late);
    }
    const berth_status status = status_of([&] {
      write(*early, std::string(3000, 'x'));
      commit(*early);
    });
    CHECK(status == BERTH_STATUS_PRECONDITION_FAILED);
    CHECK((get(*store, "/f") == pattern(3300)));
  }
}

TEST_CASE("chunks that a dead writer sent after the last close do not stop the next append") {
  const CephSpace space;
  const auto store = space.open(small_chunks);
  for (const std::size_t kept : {0, 1000, 1200}) {
    CAPTURE(kept);
    leave_upload(*store, "/f", pattern(kept));
    const auto dead = appender(*store, "/f");
    write(*dead, std::string(15000, 'x'));
    while (space.chunks().size() < 14) {
    }  // the last chunk is not full, so it was not sent
    const std::string first = space.chunks()[0];
    space.tool("rm " + first.substr(0, first.size() - 1) + "5");  // as if it had not arrived
    const auto upload = appender(*store, "/f");
    CHECK(upload->size() == kept);
    CHECK(space.chunks().size() == std::max<std::size_t>((kept + 999) / 1000, 1));
    write(*upload, pattern(2500 - kept, kept));
    commit(*upload);
    CHECK((get(*store, "/f") == pattern(2500)));
    CHECK(space.chunks().size() == 3);
    remove(*store, "/f");
  }
}

TEST_CASE("an upload is continued whose last append died right after it set its token") {
  const CephSpace space;
  const auto store = space.open(small_chunks);
  leave_upload(*store, "/f", pattern(1700));
  space.tool("setxattr " + space.chunks()[0] + " berth.upload 0123456789abcdef");
  const auto upload = appender(*store, "/f");
  CHECK(upload->size() == 1700);
  write(*upload, pattern(500, 1700));
  commit(*upload);
  CHECK((get(*store, "/f") == pattern(2200)));
  CHECK(space.chunks().size() == 3);
}

TEST_CASE(
    "of two writers that continue one upload at the same time one keeps it, and no byte is lost") {
  const CephSpace space;
  const std::unique_ptr<rados::RadosDriver> stores[] = {space.open(small_chunks),
                                                        space.open(small_chunks)};
  for (int round = 0; round < 20; ++round) {
    leave_upload(*stores[0], "/f", pattern(1200));
    std::array<berth_status, 2> opened{}, committed{};
    std::array<std::unique_ptr<sdk::Writer>, 2> uploads;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < 2; ++i)
      threads.emplace_back(
          [&, i] { opened[i] = status_of([&] { uploads[i] = appender(*stores[i], "/f"); }); });
    for (std::thread& thread : threads) thread.join();
    for (std::size_t i = 0; i < 2; ++i) {
      CHECK(opened[i] == BERTH_STATUS_OK);
      if (!uploads[i]) continue;
      committed[i] = status_of([&] {
        write(*uploads[i], "end");
        commit(*uploads[i]);
      });
    }
    CHECK(((committed[0] == BERTH_STATUS_OK) != (committed[1] == BERTH_STATUS_OK)));
    CHECK((get(*stores[0], "/f") == pattern(1200) + "end"));
    CHECK(space.tool("listomapkeys berth:uploads").empty());
  }
}

TEST_CASE("an append fails where nothing exists and where a directory is") {
  const CephSpace space;
  const auto store = space.open();
  CHECK(status_of([&] { appender(*store, "/f"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  put(*store, "/d/f", "x");
  CHECK(status_of([&] { appender(*store, "/d"); }) != BERTH_STATUS_OK);
}

TEST_CASE("cancel removes what was written, and the upload that the append continued") {
  const CephSpace space;
  const auto store = space.open(small_chunks);
  put(*store, "/f", "stays");
  leave_upload(*store, "/f", pattern(5000));
  const auto upload = appender(*store, "/f");
  write(*upload, pattern(2000));
  cancel(*upload);
  CHECK(get(*store, "/f") == "stays");
  CHECK(space.chunks().size() == 1);
  CHECK(space.tool("listomapkeys berth:uploads").empty());
}

TEST_CASE("a writer without append drops the closed upload") {
  const CephSpace space;
  const auto store = space.open(small_chunks);
  leave_upload(*store, "/f", pattern(2500));
  const auto upload = writer(*store, "/f");
  write(*upload, "new");
  commit(*upload);
  CHECK(get(*store, "/f") == "new");
  CHECK(space.chunks().size() == 1);
}

TEST_CASE("remove drops uploads at the path and below it") {
  const CephSpace space;
  const auto store = space.open(small_chunks);
  for (const char* path : {"/d/e/f", "/d/e", "/d-x"}) {
    leave_upload(*store, path, pattern(1500));
  }
  remove(*store, "/d");
  CHECK(space.tool("listomapkeys berth:uploads") == "/d-x\n");
  CHECK(space.chunks().size() == 2);
  CHECK(status_of([&] { remove(*store, "/d"); }) == BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE("a committed upload is not continued because of an entry that was left") {
  const CephSpace space;
  const auto store = space.open(small_chunks);
  leave_upload(*store, "/f", pattern(1500));
  const std::string entry = space.tool("getomapval berth:uploads /f /dev/stdout | head -c 4000");
  {
    const auto upload = appender(*store, "/f");
    commit(*upload);
  }
  // As after a crash between the commit and the removal of the entry.
  space.tool("setomapval berth:uploads /f -- " + quoted(entry));
  move(*store, "/f", "/g/f");
  CHECK(status_of([&] { appender(*store, "/f"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  commit(*writer(*store, "/f"));
  CHECK((get(*store, "/g/f") == pattern(1500)));
}

TEST_CASE("an upload whose commit failed is continued") {
  const CephSpace space;
  const auto store = space.open(small_chunks);
  leave_upload(*store, "/f", pattern(1500));
  {
    const auto upload = appender(*store, "/f");
    write(*upload, pattern(800, 1500));
    put(*store, "/f/in-the-way", "x");
    CHECK(status_of([&] { commit(*upload); }) == BERTH_STATUS_IO);
  }
  move(*store, "/f/in-the-way", "/g");
  const auto upload = appender(*store, "/f");
  CHECK(upload->size() == 2300);
  write(*upload, pattern(200, 2300));
  commit(*upload);
  CHECK((get(*store, "/f") == pattern(2500)));
  CHECK(space.tool("listomapkeys berth:uploads").empty());
  CHECK(space.chunks().size() == 4);
}

TEST_CASE("an upload is continued whose commit died before it added the entry") {
  const CephSpace space;
  const auto store = space.open(small_chunks);
  for (const bool overwrites : {false, true}) {
    CAPTURE(overwrites);
    put(*store, "/g", "x");
    if (overwrites) put(*store, "/f", "old");
    const auto before = space.chunks();
    leave_upload(*store, "/f", pattern(1500));
    for (const std::string& chunk : space.chunks())
      if (std::find(before.begin(), before.end(), chunk) == before.end() && chunk.ends_with("-0")) {
        space.tool("rmxattr " + chunk + " berth.upload");
        space.tool("setxattr " + chunk + " berth.mtime 1800000000000000000");
      }
    {
      const auto upload = appender(*store, "/f");
      CHECK(upload->size() == 1500);
      write(*upload, pattern(300, 1500));
      keep(*upload);
    }
    const auto upload = appender(*store, "/f");
    CHECK(upload->size() == 1800);
    commit(*upload);
    CHECK((get(*store, "/f") == pattern(1800)));
    CHECK(space.tool("listomapkeys berth:uploads").empty());
    remove(*store, "/f");
  }
}

TEST_CASE("an upload that is older than the object is not continued") {
  const CephSpace space;
  const auto store = space.open(small_chunks);
  leave_upload(*store, "/f", pattern(1500));
  put(*store, "/f", "newer");
  const auto upload = appender(*store, "/f");
  CHECK(upload->size() == 5);
  write(*upload, "+");
  commit(*upload);
  CHECK(get(*store, "/f") == "newer+");
  CHECK(space.tool("listomapkeys berth:uploads").empty());
  CHECK(space.chunks().size() == 1);
}

TEST_CASE("a writer can be neither closed nor committed after a put to its path") {
  const CephSpace space;
  const auto store = space.open(small_chunks);
  for (const bool closes : {true, false}) {
    CAPTURE(closes);
    const auto early = writer(*store, "/f");
    put(*store, "/f", "object");
    write(*early, pattern(1500));
    CHECK(status_of([&] { closes ? keep(*early) : commit(*early); }) ==
          BERTH_STATUS_PRECONDITION_FAILED);
    CHECK(appender(*store, "/f")->size() == 6);
    CHECK(get(*store, "/f") == "object");
    remove(*store, "/f");
  }
}

TEST_CASE("an upload that a put or a move voided stays void when the object is removed or moved") {
  const CephSpace space;
  const auto store = space.open(small_chunks);
  for (const bool puts : {true, false})
    for (const bool removes : {true, false}) {
      CAPTURE(puts);
      CAPTURE(removes);
      leave_upload(*store, "/f", pattern(1500));
      put(*store, puts ? "/f" : "/e", "new");
      if (!puts) move(*store, "/e", "/f");
      removes ? remove(*store, "/f") : move(*store, "/f", "/g");
      CHECK(status_of([&] { appender(*store, "/f"); }) == BERTH_STATUS_PATH_NOT_FOUND);
      CHECK(space.tool("listomapkeys berth:uploads").empty());
      if (!removes) remove(*store, "/g");
      CHECK(space.chunks().empty());
    }
}

TEST_CASE("an upload stays void when its object is moved away and back") {
  const CephSpace space;
  const auto store = space.open(small_chunks);
  put(*store, "/f", "object");
  leave_upload(*store, "/f", pattern(1500));
  move(*store, "/f", "/g");
  move(*store, "/g", "/f");
  CHECK(appender(*store, "/f")->size() == 6);
}

TEST_CASE("a move that fails keeps the unfinished upload of its source") {
  const CephSpace space;
  const auto store = space.open(small_chunks);
  leave_upload(*store, "/f", pattern(1500));
  CHECK(status_of([&] { move(*store, "/f", "/g"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(appender(*store, "/f")->size() == 1500);
}

TEST_CASE("create_only is checked at commit too") {
  const CephSpace space;
  const auto store = space.open();
  sdk::WriteOptions options;
  options.create_only = true;
  const auto upload = writer(*store, "/f", options);
  write(*upload, "late");
  put(*store, "/f", "first");
  CHECK(status_of([&] { commit(*upload); }) == BERTH_STATUS_ALREADY_EXISTS);
  CHECK(status_of([&] { writer(*store, "/f", options); }) == BERTH_STATUS_ALREADY_EXISTS);
  CHECK(get(*store, "/f") == "first");
  CHECK(space.chunks().size() == 1);
}

TEST_CASE("a large upload whose commit is refused leaves no chunk") {
  const CephSpace space;
  const auto store = space.open({{"chunksize", "16"}});  // many small chunks instead of many bytes
  sdk::WriteOptions options;
  options.create_only = true;
  const auto upload = writer(*store, "/f", options);
  write(*upload, pattern(192U << 10));
  put(*store, "/f", "first");
  CHECK(status_of([&] { commit(*upload); }) == BERTH_STATUS_ALREADY_EXISTS);
  CHECK(space.chunks().size() == 1);
}

TEST_CASE("a write of 100 MiB and a file of 200 MiB are split into requests of allowed size") {
  const CephSpace space;
  const auto store = space.open({{"chunksize", "134217728"}});
  const std::string bytes(100U << 20, 'b');
  const auto upload = writer(*store, "/f");
  write(*upload, bytes);
  write(*upload, bytes);
  commit(*upload);
  CHECK(stat(*store, "/f").size == 200U << 20);
  CHECK(space.chunks().size() == 2);
  CHECK((read(*store, "/f", {(100U << 20) - 5, 10}) == "bbbbbbbbbb"));
  put(*store, "/f", bytes);
  CHECK(stat(*store, "/f").size == 100U << 20);
}
