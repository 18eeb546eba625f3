// SPDX-License-Identifier: Apache-2.0
//
// Segments that two manifests use, after moves that were not finished and beside other writers.
#include <doctest/doctest.h>

#include "small_swift.hpp"

namespace berth::test {
namespace {

constexpr size_t mebibyte = 1024 * 1024;
const std::string large(2 * mebibyte + 5, 'x');

// A store over a small Swift, with segments of 1 MiB.
struct SharedStore {
  explicit SharedStore(const char* layout = "auto")
      : store([this](const SeenRequest& request) { return swift(request); },
              {{"chunksize", "1048576"}, {"layout", layout}}) {}

  sdk::Driver& driver() const { return *store.driver; }

  void write_large(const std::string& path, const std::string& bytes = large) const {
    const auto writer = test::writer(driver(), path);
    write(*writer, bytes);
    commit(*writer);
  }

  // What a crash between the two steps of a move leaves: both manifests.
  void begin_move(const std::string& source, const std::string& target) {
    swift.refused = {"DELETE files" + source};
    CHECK_THROWS(move(driver(), source, target));
    swift.refused.clear();
  }

  // What a crash behind the commit leaves: an object, and the marker of its upload.
  void leave_marker(const std::string& path) {
    SmallSwift::Object note;
    swift.ahead = [&](const std::string& request) {
      if (request == "DELETE uploads" + path) note = swift.objects["uploads" + path];
    };
    write_large(path);
    swift.ahead = [](const std::string&) {};
    swift.objects["uploads" + path] = note;
  }

  // A dynamic large object of four bytes, as a registry writes it.
  void plant(const std::string& object) {
    swift.objects["segments/x/0000000000000001"] = {"1234"};
    swift.objects[object] = {"", {{"X-Object-Manifest", "c/segments/x"}}};
  }

  size_t segments() const {
    size_t count = 0;
    for (const auto& object : swift.objects)
      if (object.first.find("segments/") == 0) ++count;
    return count;
  }

  SmallSwift swift;
  ScriptedStore store;
};

}  // namespace

TEST_CASE("removing goes on when another manifest vanishes while it is looked at") {
  SharedStore at;
  at.write_large("/other");
  at.plant("files/a");
  at.swift.ahead = [&](const std::string& request) {
    if (request == "GET files/other?multipart-manifest=get") at.swift.objects.erase("files/other");
  };
  remove(at.driver(), "/a");
  CHECK(at.swift.objects.count("files/a") == 0);
  CHECK(at.swift.objects.count("segments/x/0000000000000001") == 0);
}

TEST_CASE("removing leaves the segments of a manifest that was moved while it looked around") {
  SharedStore at;
  at.plant("files/a");
  at.plant("files/b");
  at.swift.ahead = [&](const std::string& request) {
    if (request != "HEAD files/b" || at.swift.objects.count("files/b") == 0) return;
    at.swift.objects["files/c"] = at.swift.objects["files/b"];
    at.swift.objects.erase("files/b");
  };
  remove(at.driver(), "/a");
  CHECK(get(at.driver(), "/c") == "1234");
}

TEST_CASE("an object that vanishes while it is replaced is replaced all the same") {
  SharedStore at;
  at.write_large("/a");
  at.swift.ahead = [&](const std::string& request) {
    if (request == "GET files/a?multipart-manifest=get") at.swift.objects.erase("files/a");
  };
  put(at.driver(), "/a", "new");
  CHECK(get(at.driver(), "/a") == "new");
}

TEST_CASE("what is replaced or removed while it is being moved keeps its segments") {
  const std::function<void(const SharedStore&)> overtaking[] = {
      [](const SharedStore& at) { put(at.driver(), "/a", "new"); },
      [](const SharedStore& at) { at.write_large("/a", std::string(large.size(), 'y')); },
      [](const SharedStore& at) { remove(at.driver(), "/a"); }};
  for (const auto& overtake : overtaking) {
    for (const bool finished : {false, true}) {
      SharedStore at;
      at.write_large("/a");
      at.swift.ahead = [&](const std::string& request) {
        if (request != "GET files/a?multipart-manifest=get") return;
        at.swift.objects["files/b"] = at.swift.objects["files/a"];
        at.swift.objects["files/a"].headers["X-Object-Meta-Berth-Moved-To"] = "files/b";
        if (finished) at.swift.after = [&] { at.swift.objects.erase("files/a"); };
      };
      overtake(at);
      CHECK((get(at.driver(), "/b") == large));
    }
  }
}

TEST_CASE("what an unfinished move left keeps its segments when one of the two is moved on") {
  for (const char* moved : {"/a", "/b"}) {
    SharedStore at;
    at.write_large("/a");
    at.begin_move("/a", "/b");
    move(at.driver(), moved, "/c");
    const std::string other = moved == std::string("/a") ? "/b" : "/a";
    SUBCASE("and the other is removed") {
      remove(at.driver(), other);
      CHECK(get(at.driver(), "/c") == large);
    }
    SUBCASE("and removed") {
      remove(at.driver(), "/c");
      CHECK(get(at.driver(), other) == large);
      remove(at.driver(), other);
      CHECK(at.swift.objects.empty());
    }
  }
}

TEST_CASE("a move that was not finished is finished when it is tried again") {
  SharedStore at;
  at.write_large("/a");
  const size_t segments = at.segments();
  at.begin_move("/a", "/b");
  move(at.driver(), "/a", "/b");
  CHECK(get(at.driver(), "/b") == large);
  CHECK(at.segments() == segments);
}

TEST_CASE("what an unfinished move left keeps its segments when one of the two is added to") {
  for (const char* added : {"/a", "/b"}) {
    SharedStore at;
    at.write_large("/a");
    at.begin_move("/a", "/b");
    const auto writer = appender(at.driver(), added);
    write(*writer, "more");
    commit(*writer);
    remove(at.driver(), added);
    CHECK(get(at.driver(), added == std::string("/a") ? "/b" : "/a") == large);
  }
}

TEST_CASE("segments that a registry shared stay after the driver moved or added to one manifest") {
  SharedStore at;
  at.plant("files/upload");
  at.plant("files/blob");
  SUBCASE("moved") {
    move(at.driver(), "/upload", "/elsewhere");
  }
  SUBCASE("moved, but not to the end") {
    at.begin_move("/upload", "/elsewhere");
  }
  SUBCASE("added to") {
    const auto writer = appender(at.driver(), "/upload");
    write(*writer, "more");
    commit(*writer);
    move(at.driver(), "/upload", "/elsewhere");
  }
  remove(at.driver(), "/elsewhere");
  CHECK(get(at.driver(), "/blob") == "1234");
}

TEST_CASE("the note of an upload that a crash left behind does not take what was moved away") {
  SharedStore at;
  at.leave_marker("/a");
  move(at.driver(), "/a", "/b");
  put(at.driver(), "/a", "new");
  remove(at.driver(), "/a");
  at.write_large("/a");
  CHECK(get(at.driver(), "/b") == large);
}

TEST_CASE("discarding an upload goes on when its object vanishes while it is looked at") {
  SharedStore at;
  at.leave_marker("/up/a");
  at.swift.ahead = [&](const std::string& request) {
    if (request == "GET files/up/a?multipart-manifest=get") at.swift.objects.erase("files/up/a");
  };
  put(at.driver(), "/up/b", "other");
  remove(at.driver(), "/up");
  CHECK(at.swift.objects.empty());
}

TEST_CASE("discarding an upload leaves its segments when it is committed and moved meanwhile") {
  SharedStore at;
  at.leave_marker("/up/a");
  const SmallSwift::Object manifest = at.swift.objects["files/up/a"];
  at.swift.objects.erase("files/up/a");  // not committed yet
  // Another process commits it and moves it away as soon as the segments were listed.
  at.swift.ahead = [&](const std::string& request) {
    if (request.find("LIST segments/") != 0) return;
    at.swift.objects.erase("uploads/up/a");
    at.swift.objects["files/b"] = manifest;
  };
  put(at.driver(), "/up/c", "other");
  remove(at.driver(), "/up");
  CHECK(get(at.driver(), "/b") == large);
}

TEST_CASE("a copy that fails leaves nothing, whichever step it was") {
  for (const char* layout : {"auto", "registry"}) {
    SharedStore at(layout);
    at.write_large("/a");
    const size_t before = at.swift.objects.size();
    at.swift.refused = {"PUT files/b"};
    CHECK_THROWS(at.driver().copy("/a", "/b", {}, FakeCall()));
    CHECK(at.swift.objects.size() == before);
  }
}

TEST_CASE("what is replaced while it is appended to keeps the segments that the append took") {
  const std::function<void(const SharedStore&)> replacing[] = {
      [](const SharedStore& at) { put(at.driver(), "/a", "new"); },
      [](const SharedStore& at) { at.write_large("/a", std::string(large.size(), 'y')); }};
  for (const auto& replace : replacing) {
    SharedStore at;
    at.write_large("/a");
    const SmallSwift::Object appended = at.swift.objects["files/a"];
    at.swift.ahead = [&](const std::string& request) {
      if (request.starts_with("PUT files/a"))
        at.swift.after = [&] { at.swift.objects["files/a"] = appended; };
    };
    replace(at);
    CHECK(get(at.driver(), "/a") == large);
  }
}

TEST_CASE("an append to what is removed while its manifest is written is no success") {
  for (const char* layout : {"auto", "registry"}) {
    SharedStore at(layout);
    at.write_large("/a");
    const std::string first = at.swift.objects.lower_bound("segments/")->first;
    const auto writer = appender(at.driver(), "/a");
    write(*writer, "more");
    at.swift.ahead = [&](const std::string& request) {
      if (request.starts_with("PUT files/a"))
        at.swift.after = [&] { at.swift.objects.erase(first); };
    };
    CHECK(message_of([&] { commit(*writer); }) ==
          "'files/a' was replaced or removed during the append; append again");
  }
}

TEST_CASE("a copy whose manifest is there keeps its segments, whatever the last answer was") {
  SharedStore at;
  at.write_large("/a");
  at.swift.lost = {"PUT files/b"};
  at.swift.ahead = [&, sent = 0](const std::string& request) mutable {
    if (request == "PUT files/b?multipart-manifest=put" && ++sent == 2)
      at.swift.instead["PUT files/b"] = {Answer(413)};
  };
  CHECK(status_of([&] { at.driver().copy("/a", "/b", {}, FakeCall()); }) == BERTH_STATUS_NO_SPACE);
  CHECK(get(at.driver(), "/b") == large);
  put(at.driver(), "/b", "x");
  CHECK(at.segments() == 3);  // of the source
}

TEST_CASE("a copy of a segment with another ETag fails the copy of the object") {
  SharedStore at;
  at.write_large("/a");
  at.swift.ahead = [&](const std::string& request) {
    if (request.starts_with("PUT segments/"))
      at.swift.instead[request] = {Answer(201).header("ETag", "0123")};
  };
  CHECK(status_of([&] { at.driver().copy("/a", "/b", {}, FakeCall()); }) == BERTH_STATUS_CORRUPT);
  CHECK(at.swift.objects.count("files/b") == 0);
  CHECK(at.segments() == 3);  // of the source
}

TEST_CASE("a move fails and leaves what is put at its source meanwhile") {
  for (const char* layout : {"auto", "registry"}) {
    SharedStore at(layout);
    at.write_large("/a");
    at.swift.ahead = [&](const std::string& request) {
      if (request.starts_with("PUT files/b"))
        at.swift.after = [&] { at.swift.objects["files/a"] = {"new"}; };
    };
    CHECK(status_of([&] { move(at.driver(), "/a", "/b"); }) == BERTH_STATUS_PRECONDITION_FAILED);
    CHECK(get(at.driver(), "/a") == "new");
    CHECK(get(at.driver(), "/b") == large);
  }
}

TEST_CASE("a move whose source vanishes before it is noted is one of a missing path") {
  SharedStore at;
  at.write_large("/a");
  at.swift.ahead = [&](const std::string& request) {
    if (request == "POST files/a") at.swift.objects.erase("files/a");
  };
  CHECK(status_of([&] { move(at.driver(), "/a", "/b"); }) == BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE("a move whose source is being replaced at that very moment looks again") {
  SharedStore at;
  at.write_large("/a");
  at.swift.instead["POST files/a"] = {not_found()};
  move(at.driver(), "/a", "/b");
  CHECK(get(at.driver(), "/b") == large);
}

}  // namespace berth::test
