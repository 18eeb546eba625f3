// SPDX-License-Identifier: Apache-2.0
//
// Writers of the driver `filesystem`: what is visible when, what an append continues, who may
// write.
#include <string>

#include <doctest/doctest.h>

#include "fixture.hpp"

using namespace berth::test;
namespace fs = std::filesystem;

TEST_CASE_FIXTURE(Disk, "an object appears, whole, with commit") {
  const auto out = writer(*store, "/d/f");
  write(*out, "one ");
  write(*out, "two");
  CHECK(out->size() == 7);
  CHECK(status_of([&] { stat(*store, "/d/f"); }) == BERTH_PATH_NOT_FOUND);
  commit(*out);
  CHECK(on_disk("/d/f") == "one two");
  CHECK(everything().size() == 2);
}

TEST_CASE_FIXTURE(Disk, "the old object stays readable until commit") {
  put(*store, "/f", "old");
  const auto out = writer(*store, "/f");
  write(*out, "new");
  CHECK(get(*store, "/f") == "old");
  commit(*out);
  CHECK(get(*store, "/f") == "new");
}

TEST_CASE_FIXTURE(Disk, "a commit without data makes an empty object that can be appended to") {
  commit(*writer(*store, "/f"));
  CHECK(stat(*store, "/f").size == 0);
  const auto more = appender(*store, "/f");
  write(*more, "x");
  commit(*more);
  CHECK(get(*store, "/f") == "x");
}

TEST_CASE_FIXTURE(Disk, "an append continues what was kept, also from another store object") {
  auto out = writer(*store, "/d/f");
  write(*out, "abc");
  keep(*out);
  out.reset();
  CHECK(status_of([&] { get(*store, "/d/f"); }) == BERTH_PATH_NOT_FOUND);
  const auto other = open();
  const auto more = appender(*other, "/d/f");
  CHECK(more->size() == 3);
  write(*more, "def");
  commit(*more);
  CHECK(get(*store, "/d/f") == "abcdef");
  CHECK(everything().size() == 2);
}

TEST_CASE_FIXTURE(Disk, "an upload whose process died can be continued") {
  auto out = writer(*store, "/f");
  write(*out, "abc");
  out.reset();  // neither commit, cancel nor keep
  CHECK(appender(*store, "/f")->size() == 3);
}

TEST_CASE_FIXTURE(Disk, "a writer without append starts over") {
  auto out = writer(*store, "/f");
  write(*out, "abc");
  keep(*out);
  out.reset();
  out = writer(*store, "/f");
  CHECK(out->size() == 0);
  keep(*out);
  out.reset();
  CHECK(appender(*store, "/f")->size() == 0);
}

TEST_CASE_FIXTURE(Disk, "an append to nothing is not found and makes nothing") {
  CHECK(status_of([&] { appender(*store, "/d/f"); }) == BERTH_PATH_NOT_FOUND);
  CHECK(everything().empty());
}

TEST_CASE_FIXTURE(Disk, "a cancel discards the upload and its empty directory") {
  auto out = writer(*store, "/d/f");
  write(*out, "abc");
  keep(*out);
  out.reset();
  cancel(*appender(*store, "/d/f"));
  CHECK(everything().empty());
}

TEST_CASE_FIXTURE(Disk, "a cancelled append leaves the committed object as it was") {
  put(*store, "/f", "abc");
  const auto out = appender(*store, "/f");
  write(*out, "def");
  cancel(*out);
  CHECK(get(*store, "/f") == "abc");
}

TEST_CASE_FIXTURE(Disk, "an append that was kept goes on at the size it had") {
  put(*store, "/f", "abc");
  auto out = appender(*store, "/f");
  write(*out, "def");
  keep(*out);
  out.reset();
  out = appender(*store, "/f");
  CHECK(out->size() == 6);
  commit(*out);
  CHECK(get(*store, "/f") == "abcdef");
}

TEST_CASE_FIXTURE(Disk, "an append notices that its object was replaced") {
  put(*store, "/f", "abc");
  const auto out = appender(*store, "/f");
  put(*store, "/f", "other");
  write(*out, "def");
  CHECK(status_of([&] { commit(*out); }) == BERTH_PRECONDITION_FAILED);
  CHECK(get(*store, "/f") == "other");
}

TEST_CASE_FIXTURE(Disk, "a commit notices that its upload was removed") {
  const auto out = writer(*store, "/d/f");
  write(*out, "abc");
  remove(*store, "/d");
  CHECK(status_of([&] { commit(*out); }) == BERTH_PRECONDITION_FAILED);
  CHECK(everything().empty());
}

TEST_CASE_FIXTURE(Disk, "a commit that is cancelled as it begins discards the upload too") {
  const auto out = writer(*store, "/d/f");
  write(*out, "abc");
  FakeCall call;
  call.cancel();
  CHECK(status_of([&] { out->commit(call); }) == BERTH_CANCELLED);
  CHECK(everything().empty());
}

TEST_CASE_FIXTURE(Disk, "one appends at a time") {
  put(*store, "/f", "abc");
  const auto first = appender(*store, "/f");
  CHECK(message_of([&] { appender(*store, "/f"); }) ==
        "another writer is writing to '/f'; close that one first");
  const auto upload = writer(*store, "/g");
  CHECK(status_of([&] { appender(*store, "/g"); }) == BERTH_WRONG_STATE);
}

TEST_CASE_FIXTURE(Disk, "two writers at once publish one whole object each") {
  const auto first = writer(*store, "/f");
  const auto second = writer(*store, "/f");
  write(*first, "first");
  write(*second, "second one");
  commit(*first);
  CHECK(get(*store, "/f") == "first");
  commit(*second);
  CHECK(get(*store, "/f") == "second one");
  CHECK(everything().size() == 1);
}

TEST_CASE_FIXTURE(Disk, "of two writers the one that is kept last can be continued") {
  auto first = writer(*store, "/f");
  auto second = writer(*store, "/f");
  write(*first, "first");
  write(*second, "second one");
  keep(*first);
  keep(*second);
  first.reset();
  second.reset();
  CHECK(appender(*store, "/f")->size() == 10);
  CHECK(everything().size() == 1);
}

TEST_CASE_FIXTURE(Disk, "create_only is decided at commit, and the loser leaves nothing") {
  berth::sdk::WriteOptions options;
  options.create_only = true;
  const auto first = writer(*store, "/f", options);
  const auto second = writer(*store, "/f", options);
  write(*first, "1");
  write(*second, "2");
  commit(*second);
  CHECK(status_of([&] { commit(*first); }) == BERTH_ALREADY_EXISTS);
  CHECK(get(*store, "/f") == "2");
  CHECK(everything().size() == 1);
  CHECK(status_of([&] { writer(*store, "/f", options); }) == BERTH_ALREADY_EXISTS);
}

TEST_CASE_FIXTURE(Disk, "a remove discards an unfinished upload too") {
  auto out = writer(*store, "/d/f");
  write(*out, "abc");
  keep(*out);
  out.reset();
  remove(*store, "/d/f");
  CHECK(everything().empty());
}
