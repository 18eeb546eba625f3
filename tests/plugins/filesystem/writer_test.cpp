// SPDX-License-Identifier: Apache-2.0
//
// Writers of the driver `filesystem`: when an object becomes visible, what an append continues, and
// which writer may write.
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "fixture.hpp"

using namespace berth::test;
namespace fs = std::filesystem;

TEST_CASE_FIXTURE(Disk, "a commit publishes the complete object") {
  const auto out = writer(*store, "/d/f");
  write(*out, "one ");
  write(*out, "two");
  CHECK(out->size() == 7);
  CHECK(status_of([&] { stat(*store, "/d/f"); }) == BERTH_STATUS_PATH_NOT_FOUND);
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

TEST_CASE_FIXTURE(Disk, "an append continues a closed upload, also in another store") {
  auto out = writer(*store, "/d/f");
  write(*out, "abc");
  keep(*out);
  out.reset();
  CHECK(status_of([&] { get(*store, "/d/f"); }) == BERTH_STATUS_PATH_NOT_FOUND);
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
  out.reset();  // without commit, cancel or close
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

TEST_CASE_FIXTURE(Disk, "an append to a missing object is an error and creates nothing") {
  CHECK(status_of([&] { appender(*store, "/d/f"); }) == BERTH_STATUS_PATH_NOT_FOUND);
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

TEST_CASE_FIXTURE(Disk, "an append that was closed continues at its size") {
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

TEST_CASE_FIXTURE(Disk, "an append fails if its object was replaced") {
  put(*store, "/f", "abc");
  const auto out = appender(*store, "/f");
  put(*store, "/f", "other");
  CHECK(status_of([&] { write(*out, "def"); }) == BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(status_of([&] { commit(*out); }) == BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(get(*store, "/f") == "other");
}

TEST_CASE_FIXTURE(Disk, "a commit fails if its upload was removed") {
  const auto out = writer(*store, "/d/f");
  write(*out, "abc");
  remove(*store, "/d");
  CHECK(status_of([&] { commit(*out); }) == BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(everything().empty());
}

TEST_CASE_FIXTURE(Disk, "a commit that is cancelled at once discards the upload") {
  const auto out = writer(*store, "/d/f");
  write(*out, "abc");
  FakeCall call;
  call.cancel();
  CHECK(status_of([&] { out->commit({}, call); }) == BERTH_STATUS_CANCELLED);
  CHECK(everything().empty());
}

TEST_CASE_FIXTURE(Disk, "only one writer at a time can append") {
  put(*store, "/f", "abc");
  const auto first = appender(*store, "/f");
  CHECK(message_of([&] { appender(*store, "/f"); }) ==
        "another writer of '/f' is open; close it first");
  const auto upload = writer(*store, "/g");
  CHECK(status_of([&] { appender(*store, "/g"); }) == BERTH_STATUS_WRONG_STATE);
}

TEST_CASE_FIXTURE(Disk, "of two writers without append the first commit wins") {
  for (const bool in_order : {true, false}) {
    const auto first = writer(*store, "/f");
    const auto second = writer(*store, "/f");
    write(*first, "bytes");
    write(*second, "bytes");
    commit(in_order ? *first : *second);
    CHECK(status_of([&] { commit(in_order ? *second : *first); }) ==
          BERTH_STATUS_PRECONDITION_FAILED);
    CHECK(get(*store, "/f") == "bytes");
    CHECK(everything().size() == 1);
  }
}

TEST_CASE_FIXTURE(Disk, "of two writers, the one that was closed last can be continued") {
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

TEST_CASE_FIXTURE(Disk,
                  "create_only is checked at commit, and a writer that fails leaves nothing") {
  berth::sdk::WriteOptions options;
  options.create_only = true;
  const auto first = writer(*store, "/f", options);
  const auto second = writer(*store, "/f", options);
  write(*first, "1");
  write(*second, "2");
  commit(*second);
  CHECK(status_of([&] { commit(*first); }) == BERTH_STATUS_ALREADY_EXISTS);
  CHECK(get(*store, "/f") == "2");
  CHECK(everything().size() == 1);
  CHECK(status_of([&] { writer(*store, "/f", options); }) == BERTH_STATUS_ALREADY_EXISTS);
}

TEST_CASE_FIXTURE(Disk, "a remove discards an unfinished upload") {
  auto out = writer(*store, "/d/f");
  write(*out, "abc");
  keep(*out);
  out.reset();
  remove(*store, "/d/f");
  CHECK(everything().empty());
}

namespace {

void keep_upload(berth::sdk::Driver& store, const char* path, std::string_view bytes) {
  const auto out = writer(store, path);
  write(*out, bytes);
  keep(*out);
}

// Each of these creates the object "NEWER" at /f.
struct WholeWrite {
  const char* name;
  void (*run)(berth::sdk::Driver& store);
};
const WholeWrite whole_writes[] = {
    {"put", [](berth::sdk::Driver& store) { put(store, "/f", "NEWER"); }},
    {"commit",
     [](berth::sdk::Driver& store) {
       const auto out = writer(store, "/f");
       write(*out, "NEWER");
       commit(*out);
     }},
    {"move",
     [](berth::sdk::Driver& store) {
       put(store, "/other", "NEWER");
       move(store, "/other", "/f");
     }},
    {"copy",
     [](berth::sdk::Driver& store) {
       put(store, "/other", "NEWER");
       store.copy("/other", "/f", {}, FakeCall());
     }},
};

}  // namespace

TEST_CASE("a put, commit, move or copy voids the unfinished upload at its path") {
  for (const WholeWrite& whole : whole_writes) {
    for (const char* fsync : {"true", "false"}) {
      CAPTURE(whole.name);
      CAPTURE(fsync);
      const Disk disk;
      const auto store = disk.open({{"fsync", fsync}});
      keep_upload(*store, "/f", "abandoned");
      whole.run(*store);
      CHECK(appender(*store, "/f")->size() == 5);
      move(*store, "/f", "/away");
      CHECK(status_of([&] { appender(*store, "/f"); }) == BERTH_STATUS_PATH_NOT_FOUND);
    }
  }
}

TEST_CASE(
    "a writer that was open during a put, commit, move or copy can neither commit nor close") {
  for (const WholeWrite& whole : whole_writes) {
    for (const bool commits : {true, false}) {
      CAPTURE(whole.name);
      const Disk disk;
      const auto& store = disk.store;
      put(*store, "/f", "older");
      keep_upload(*store, "/f", "upload, ");
      const auto continued = appender(*store, "/f");
      const auto started = writer(*store, "/f");
      write(*started, "started");
      whole.run(*store);
      for (const auto* out : {&continued, &started})
        CHECK(status_of([&] { commits ? commit(**out) : keep(**out); }) ==
              BERTH_STATUS_PRECONDITION_FAILED);
      CHECK(get(*store, "/f") == "NEWER");
      CHECK(appender(*store, "/f")->size() == 5);
      for (const std::string& name : disk.everything())
        CHECK_MESSAGE(name.find(".berth~") == name.npos, name);
    }
  }
}

TEST_CASE_FIXTURE(Disk, "a writer whose upload was voided fails at its next write") {
  const auto out = writer(*store, "/f");
  write(*out, "old");
  put(*store, "/f", "NEWER");
  CHECK(status_of([&] { write(*out, "more"); }) == BERTH_STATUS_PRECONDITION_FAILED);
}

TEST_CASE_FIXTURE(Disk, "a cancelled writer discards only its own upload") {
  const auto first = writer(*store, "/f");
  put(*store, "/f", "object");
  keep_upload(*store, "/f", "kept");
  cancel(*first);
  CHECK(appender(*store, "/f")->size() == 4);
}

TEST_CASE_FIXTURE(Disk, "a put that fails keeps the unfinished upload") {
  keep_upload(*store, "/d/f", "kept");
  fs::create_directories(root + "/d/f/object");
  CHECK(status_of([&] { put(*store, "/d/f", "x"); }) == BERTH_STATUS_IO);
  CHECK(appender(*store, "/d/f")->size() == 4);
}

TEST_CASE_FIXTURE(Disk, "moving an object away voids the unfinished upload at its path") {
  put(*store, "/f", "object");
  keep_upload(*store, "/f", "upload");
  const auto out = appender(*store, "/f");
  move(*store, "/f", "/away");
  CHECK(status_of([&] { keep(*out); }) == BERTH_STATUS_PRECONDITION_FAILED);
  move(*store, "/away", "/f");
  CHECK(appender(*store, "/f")->size() == 6);
  CHECK(get(*store, "/f") == "object");
}

TEST_CASE_FIXTURE(Disk, "an append in place does not change an object that is moved away") {
  put(*store, "/f", "object");
  const auto out = appender(*store, "/f");
  write(*out, ", more");
  move(*store, "/f", "/away");
  CHECK(status_of([&] { keep(*out); }) == BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(get(*store, "/away") == "object");
}

TEST_CASE_FIXTURE(Disk, "an append in place fails when another program changed the size") {
  put(*store, "/f", "object");
  const auto out = appender(*store, "/f");
  fs::resize_file(root + "/f", 100);
  CHECK(status_of([&] { write(*out, ", more"); }) == BERTH_STATUS_PRECONDITION_FAILED);
}

TEST_CASE_FIXTURE(Disk, "a writer whose directory was moved away publishes nothing in it") {
  put(*store, "/d/object", "1");
  const auto out = writer(*store, "/d/f");
  move(*store, "/d", "/e");
  CHECK(status_of([&] { commit(*out); }) == BERTH_STATUS_PRECONDITION_FAILED);
  CHECK(list(*store, "/e") == std::vector<std::string>{"/e/object"});
}

TEST_CASE_FIXTURE(Disk, "an object replaces a directory that contains only unfinished uploads") {
  keep_upload(*store, "/d/f", "kept");
  put(*store, "/d", "object");
  CHECK(get(*store, "/d") == "object");
  keep_upload(*store, "/e/f", "kept");
  put(*store, "/source/f", "1");
  move(*store, "/source", "/e");
  CHECK(get(*store, "/e/f") == "1");
  CHECK(appender(*store, "/e/f")->size() == 1);
}

TEST_CASE_FIXTURE(Disk, "a remove succeeds where only unfinished uploads exist") {
  keep_upload(*store, "/a/f", "kept");
  keep_upload(*store, "/b/f", "kept");
  remove(*store, "/a/f");
  remove(*store, "/b");
  CHECK(everything().empty());
  CHECK(status_of([&] { remove(*store, "/a/f"); }) == BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE_FIXTURE(Disk, "a listing removes temporary files that a killed process left") {
  put(*store, "/d/f", "1");
  const std::string old_file = root + "/d/.berth~put.dead.0";
  const std::string new_file = root + "/d/.berth~put.dead.1";
  std::ofstream(old_file) << "half";
  std::ofstream(new_file) << "half";
  fs::last_write_time(old_file, fs::file_time_type::clock::now() - std::chrono::hours(2));
  CHECK(walk(*store, "/") == std::vector<std::string>{"/d/", "/d/f"});
  CHECK_FALSE(fs::exists(old_file));
  CHECK(fs::exists(new_file));
}

TEST_CASE_FIXTURE(Disk, "a listing keeps the temporary file of an open writer, however old") {
  const auto first = writer(*store, "/f");
  const auto second = writer(*store, "/f");
  write(*second, "x");
  for (const std::string& name : everything())
    fs::last_write_time(root + name, fs::file_time_type::clock::now() - std::chrono::hours(2));
  CHECK(list(*store, "/").empty());
  commit(*second);
  CHECK(get(*store, "/f") == "x");
}
