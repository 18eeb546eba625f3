// SPDX-License-Identifier: Apache-2.0
//
// Writers of the driver `inmemory`: what is visible when, what an append continues.
#include <string>

#include <doctest/doctest.h>

#include "memory_driver.hpp"
#include "support/driver_calls.hpp"

using berth::inmemory::MemoryDriver;
using namespace berth::test;

namespace {

struct Memory {
  std::unique_ptr<MemoryDriver> store = open_driver<MemoryDriver>();
};

}  // namespace

TEST_CASE_FIXTURE(Memory, "an object appears, whole, with commit") {
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

TEST_CASE_FIXTURE(Memory, "an append continues what was kept") {
  auto out = writer(*store, "/f");
  write(*out, "abc");
  keep(*out);
  out.reset();
  CHECK(status_of([&] { stat(*store, "/f"); }) == BERTH_PATH_NOT_FOUND);
  const auto more = appender(*store, "/f");
  CHECK(more->size() == 3);
  write(*more, "def");
  commit(*more);
  CHECK(get(*store, "/f") == "abcdef");
  const auto again = appender(*store, "/f");  // the upload is finished: this is the object
  CHECK(again->size() == 6);
}

TEST_CASE_FIXTURE(Memory, "an append to a committed object shows with its commit") {
  put(*store, "/f", "abc");
  const auto out = appender(*store, "/f");
  write(*out, "def");
  CHECK(get(*store, "/f") == "abc");
  commit(*out);
  CHECK(get(*store, "/f") == "abcdef");
}

TEST_CASE_FIXTURE(Memory, "an append to nothing is not found") {
  CHECK(status_of([&] { appender(*store, "/f"); }) == BERTH_PATH_NOT_FOUND);
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

TEST_CASE_FIXTURE(Memory, "create_only is decided at commit, for one of two") {
  berth::sdk::WriteOptions options;
  options.create_only = true;
  const auto first = writer(*store, "/f", options);
  const auto second = writer(*store, "/f", options);
  write(*first, "1");
  write(*second, "2");
  commit(*second);
  CHECK(status_of([&] { commit(*first); }) == BERTH_ALREADY_EXISTS);
  CHECK(get(*store, "/f") == "2");
  CHECK(status_of([&] { writer(*store, "/f", options); }) == BERTH_ALREADY_EXISTS);
}

TEST_CASE_FIXTURE(Memory, "two writers at once publish one whole object each") {
  const auto first = writer(*store, "/f");
  const auto second = writer(*store, "/f");
  write(*first, "first");
  write(*second, "second one");
  commit(*first);
  CHECK(get(*store, "/f") == "first");
  commit(*second);
  CHECK(get(*store, "/f") == "second one");
}

TEST_CASE_FIXTURE(Memory, "a remove discards an unfinished upload too") {
  const auto out = writer(*store, "/d/f");
  write(*out, "abc");
  keep(*out);
  remove(*store, "/d");
  CHECK(status_of([&] { appender(*store, "/d/f"); }) == BERTH_PATH_NOT_FOUND);
}
