// SPDX-License-Identifier: Apache-2.0
//
// Writers of the driver `inmemory`: when an object becomes visible, and what an append continues.
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

TEST_CASE_FIXTURE(Memory, "a commit publishes the complete object") {
  const auto out = writer(*store, "/d/f");
  write(*out, "one ");
  write(*out, "two");
  CHECK(out->size() == 7);
  CHECK(list(*store, "/").empty());
  commit(*out);
  CHECK(get(*store, "/d/f") == "one two");
}

TEST_CASE_FIXTURE(Memory, "the old object stays readable until commit") {
  put(*store, "/f", "old");
  const auto out = writer(*store, "/f");
  write(*out, "new");
  CHECK(get(*store, "/f") == "old");
  commit(*out);
  CHECK(get(*store, "/f") == "new");
}

TEST_CASE_FIXTURE(Memory, "a commit without data makes an empty object that can be appended to") {
  commit(*writer(*store, "/f"));
  CHECK(stat(*store, "/f").size == 0);
  const auto more = appender(*store, "/f");
  write(*more, "x");
  commit(*more);
  CHECK(get(*store, "/f") == "x");
}

TEST_CASE_FIXTURE(Memory, "an append continues a closed upload") {
  auto out = writer(*store, "/f");
  write(*out, "abc");
  keep(*out);
  out.reset();
  CHECK(status_of([&] { stat(*store, "/f"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  const auto more = appender(*store, "/f");
  CHECK(more->size() == 3);
  write(*more, "def");
  commit(*more);
  CHECK(get(*store, "/f") == "abcdef");
  const auto again = appender(*store, "/f");  // no upload is left, so this appends to the object
  CHECK(again->size() == 6);
}

TEST_CASE_FIXTURE(Memory, "an append to a committed object is visible after its commit") {
  put(*store, "/f", "abc");
  const auto out = appender(*store, "/f");
  write(*out, "def");
  CHECK(get(*store, "/f") == "abc");
  commit(*out);
  CHECK(get(*store, "/f") == "abcdef");
}

TEST_CASE_FIXTURE(Memory, "an append to a missing object is an error") {
  CHECK(status_of([&] { appender(*store, "/f"); }) == BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE_FIXTURE(Memory, "a cancel discards the upload and leaves the object as it was") {
  put(*store, "/f", "abc");
  keep(*appender(*store, "/f"));
  const auto out = appender(*store, "/f");
  write(*out, "def");
  cancel(*out);
  CHECK(get(*store, "/f") == "abc");
  CHECK(appender(*store, "/f")->size() == 3);
}

TEST_CASE_FIXTURE(Memory, "a writer without append starts over") {
  auto out = writer(*store, "/f");
  write(*out, "abc");
  keep(*out);
  out = writer(*store, "/f");
  CHECK(out->size() == 0);
  keep(*out);
  CHECK(appender(*store, "/f")->size() == 0);
}

TEST_CASE_FIXTURE(Memory, "create_only is checked at commit, and one of two writers succeeds") {
  berth::sdk::WriteOptions options;
  options.create_only = true;
  const auto first = writer(*store, "/f", options);
  const auto second = writer(*store, "/f", options);
  write(*first, "1");
  write(*second, "2");
  commit(*second);
  CHECK(status_of([&] { commit(*first); }) == BERTH_STATUS_ALREADY_EXISTS);
  CHECK(get(*store, "/f") == "2");
  CHECK(status_of([&] { writer(*store, "/f", options); }) == BERTH_STATUS_ALREADY_EXISTS);
}

TEST_CASE_FIXTURE(Memory, "of two writers without append the first commit wins") {
  const auto first = writer(*store, "/f");
  const auto second = writer(*store, "/f");
  write(*first, "first");
  write(*second, "second one");
  commit(*first);
  CHECK(status_of([&] { commit(*second); }) == BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(get(*store, "/f") == "first");
}

TEST_CASE_FIXTURE(Memory, "a remove discards an unfinished upload") {
  const auto out = writer(*store, "/d/f");
  write(*out, "abc");
  keep(*out);
  remove(*store, "/d");
  CHECK(status_of([&] { appender(*store, "/d/f"); }) == BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE_FIXTURE(Memory, "a remove voids an open writer without a closed upload") {
  const auto out = writer(*store, "/d/f");
  remove(*store, "/d/f");
  CHECK(status_of([&] { write(*out, "x"); }) == BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(status_of([&] { commit(*out); }) == BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(status_of([&] { remove(*store, "/d/f"); }) == BERTH_STATUS_PATH_NOT_FOUND);
}

namespace {

void keep_upload(MemoryDriver& store, const char* path, std::string_view bytes) {
  const auto out = writer(store, path);
  write(*out, bytes);
  keep(*out);
}

// Each of these creates the object "NEWER" at /f.
struct WholeWrite {
  const char* name;
  void (*run)(MemoryDriver& store);
};
const WholeWrite whole_writes[] = {
    {"put", [](MemoryDriver& store) { put(store, "/f", "NEWER"); }},
    {"commit",
     [](MemoryDriver& store) {
       const auto out = writer(store, "/f");
       write(*out, "NEWER");
       commit(*out);
     }},
    {"move",
     [](MemoryDriver& store) {
       put(store, "/other", "NEWER");
       move(store, "/other", "/f");
     }},
    {"copy",
     [](MemoryDriver& store) {
       put(store, "/other", "NEWER");
       store.copy("/other", "/f", {}, FakeCall());
     }},
};

}  // namespace

TEST_CASE("a put, commit, move or copy voids the unfinished upload at its path") {
  for (const WholeWrite& whole : whole_writes) {
    CAPTURE(whole.name);
    const auto store = open_driver<MemoryDriver>();
    keep_upload(*store, "/f", "abandoned");
    whole.run(*store);
    CHECK(appender(*store, "/f")->size() == 5);
    move(*store, "/f", "/away");
    CHECK(status_of([&] { appender(*store, "/f"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  }
}

TEST_CASE(
    "a writer that was open during a put, commit, move or copy can neither commit nor close") {
  for (const WholeWrite& whole : whole_writes) {
    CAPTURE(whole.name);
    const auto store = open_driver<MemoryDriver>();
    keep_upload(*store, "/f", "upload, ");
    const auto continued = appender(*store, "/f");
    const auto started = writer(*store, "/f");
    whole.run(*store);
    CHECK(status_of([&] { write(*continued, "more"); }) == BERTH_STATUS_PRECONDITION_FAILED);
    CHECK(status_of([&] { commit(*continued); }) == BERTH_STATUS_PRECONDITION_FAILED);
    CHECK(status_of([&] { keep(*started); }) == BERTH_STATUS_PRECONDITION_FAILED);
    CHECK(get(*store, "/f") == "NEWER");
    CHECK(appender(*store, "/f")->size() == 5);
  }
}

TEST_CASE_FIXTURE(Memory, "moving an object away voids the unfinished upload at its path") {
  put(*store, "/f", "object");
  keep_upload(*store, "/f", "upload");
  const auto out = appender(*store, "/f");
  move(*store, "/f", "/away");
  CHECK(status_of([&] { keep(*out); }) == BERTH_STATUS_PRECONDITION_FAILED);
  move(*store, "/away", "/f");
  CHECK(get(*store, "/f") == "object");
  CHECK(appender(*store, "/f")->size() == 6);
}

TEST_CASE_FIXTURE(Memory, "unfinished uploads move with their directory") {
  put(*store, "/d/object", "1");
  keep_upload(*store, "/d/f", "kept");
  const auto open = appender(*store, "/d/f");
  move(*store, "/d", "/e");
  CHECK(status_of([&] { appender(*store, "/d/f"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(appender(*store, "/e/f")->size() == 4);
  CHECK(status_of([&] { commit(*open); }) == BERTH_STATUS_PRECONDITION_FAILED);
}

TEST_CASE_FIXTURE(Memory, "a remove voids open writers at the path and below it") {
  keep_upload(*store, "/d/f", "kept");
  const auto continued = appender(*store, "/d/f");
  const auto started = writer(*store, "/d/g");
  remove(*store, "/d");
  CHECK(status_of([&] { keep(*continued); }) == BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(status_of([&] { keep(*started); }) == BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(status_of([&] { appender(*store, "/d/f"); }) == BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE_FIXTURE(
    Memory, "of two appends to one upload, the second cannot close after the first committed") {
  keep_upload(*store, "/f", "");
  const auto first = appender(*store, "/f");
  const auto second = appender(*store, "/f");
  write(*first, "first");
  write(*second, "second");
  commit(*second);
  CHECK(status_of([&] { keep(*first); }) == BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(get(*store, "/f") == "second");
  CHECK(appender(*store, "/f")->size() == 6);
}

TEST_CASE_FIXTURE(Memory, "of two appends to one upload, the second close fails") {
  keep_upload(*store, "/f", "");
  const auto first = appender(*store, "/f");
  const auto second = appender(*store, "/f");
  write(*first, "first");
  write(*second, "second");
  keep(*first);
  CHECK(status_of([&] { keep(*second); }) == BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(appender(*store, "/f")->size() == 5);
}

TEST_CASE_FIXTURE(Memory, "of two appends to one object the second commit fails") {
  put(*store, "/f", "object, ");
  const auto first = appender(*store, "/f");
  const auto second = appender(*store, "/f");
  write(*first, "first");
  write(*second, "second");
  commit(*first);
  CHECK(status_of([&] { commit(*second); }) == BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(get(*store, "/f") == "object, first");
}

TEST_CASE_FIXTURE(Memory, "a cancel does not discard the upload of another writer") {
  const auto first = writer(*store, "/f");
  keep_upload(*store, "/f", "kept");
  cancel(*first);
  CHECK(appender(*store, "/f")->size() == 4);
}
