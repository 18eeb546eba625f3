// SPDX-License-Identifier: Apache-2.0
//
// Uploads that are given up, gone on with, or overtaken by another writer of the same object.
#include "uploads.hpp"

#include <doctest/doctest.h>

#include "small_swift.hpp"

namespace berth::test {
namespace {

constexpr size_t mebibyte = 1024 * 1024;
constexpr berth_status overtaken = BERTH_STATUS_PRECONDITION_FAILED;
constexpr char taken_over[] =
    "'files/a' cannot be committed or closed: another writer took over or discarded this upload; "
    "write the object again";

// Three segments of 1 MiB, the last one not full.
std::string large(char byte) {
  return std::string(2 * mebibyte + 5, byte);
}

struct Uploading {
  explicit Uploading(ScriptedStore::Given given = {}, const char* info = swift_info)
      : store([this](const SeenRequest& request) { return swift(request); }, with_chunks(given),
              info) {}

  sdk::Driver& driver() const { return *store.driver; }
  bool holds(const std::string& path, const std::string& bytes) const {
    return get(driver(), path) == bytes;
  }

  // What a process left that died in the middle of an upload of "/a".
  void leave_segments(const std::map<int, std::string>& segments) {
    const std::string path = "segments/abc/left";
    swift.objects["uploads/a"] = {R"({"path": ")" + path + R"(", "segments": []})"};
    for (const auto& [number, bytes] : segments)
      swift.objects[swift::segment_name(path, static_cast<uint64_t>(number))] = {bytes};
  }

  // Makes "/a" of all segments that begin so, without the first few.
  void publish(const std::string& path, size_t without = 0) {
    std::vector<swift::Segment> segments;
    for (const auto& [name, object] : swift.objects)
      if (name.starts_with(path))
        segments.push_back({"c", name, object.body.size(), common::hex(common::md5(object.body))});
    segments.erase(segments.begin(), segments.begin() + static_cast<ptrdiff_t>(without));
    swift.objects["files/a"] = {swift::manifest_document(segments), {}, true};
  }

  static ScriptedStore::Given with_chunks(ScriptedStore::Given given) {
    given.emplace("chunksize", "1048576");
    given.emplace("maxretries", "1");
    return given;
  }

  SmallSwift swift;
  ScriptedStore store;
};

}  // namespace

TEST_CASE("a writer that fails keeps the upload that another writer began meanwhile") {
  Uploading at;
  const auto first = writer(at.driver(), "/a");
  const auto second = writer(at.driver(), "/a");
  write(*first, large('1'));
  write(*second, large('2'));
  at.swift.between([&] { at.swift.refused = {"PUT files/a"}; });
  CHECK(status_of([&] { commit(*first); }) == BERTH_STATUS_PERMISSION_DENIED);
  at.swift.between([&] { at.swift.refused.clear(); });
  commit(*second);
  CHECK(at.holds("/a", large('2')));
  CHECK(at.swift.objects.size() == 4);  // the manifest and its three segments
}

TEST_CASE("a writer that fails after another writer committed leaves only the object") {
  Uploading at;
  const auto first = writer(at.driver(), "/a");
  const auto second = writer(at.driver(), "/a");
  write(*first, large('1'));
  write(*second, large('2'));
  commit(*second);
  at.swift.refused = {"PUT files/a"};
  CHECK_THROWS(commit(*first));
  CHECK(at.holds("/a", large('2')));
  CHECK(at.swift.objects.size() == 4);
}

TEST_CASE("a commit keeps the note of the upload that another writer began meanwhile") {
  Uploading at;
  const auto first = writer(at.driver(), "/a");
  auto second = writer(at.driver(), "/a");
  write(*first, large('1'));
  write(*second, large('2'));
  commit(*first);
  CHECK(at.holds("/a", large('1')));
  CHECK(at.swift.objects.count("uploads/a") == 1);
  second.reset();  // its process dies
  remove(at.driver(), "/a");
  CHECK(at.swift.objects.empty());
}

TEST_CASE("an upload that another writer took over, committed and moved keeps its segments") {
  const std::function<void(const Uploading&)> following[] = {
      [](const Uploading&) {}, [](const Uploading& at) { put(at.driver(), "/a", "other"); },
      [](const Uploading& at) {
        const auto other = writer(at.driver(), "/a");
        write(*other, large('2'));
        keep(*other);
      }};
  for (const auto& follow : following) {
    Uploading at;
    const auto hanging = writer(at.driver(), "/a");
    write(*hanging, large('1'));
    keep(*appender(at.driver(), "/a"));
    commit(*appender(at.driver(), "/a"));
    const std::string bytes = get(at.driver(), "/a");
    move(at.driver(), "/a", "/b");
    follow(at);
    cancel(*hanging);
    CHECK(at.holds("/b", bytes));
  }
}

TEST_CASE("a writer that hangs cannot change an upload that another writer took over") {
  for (const char* layout : {"auto", "registry"}) {
    Uploading at(ScriptedStore::Given{{"layout", layout}});
    const auto hanging = writer(at.driver(), "/a");
    write(*hanging, large('1'));
    at.swift.await("segments/", 2);
    const auto other = appender(at.driver(), "/a");
    write(*other, large('2'));
    commit(*other);
    const std::string bytes = get(at.driver(), "/a");
    move(at.driver(), "/a", "/b");
    write(*hanging, large('3'));
    CHECK(message_of([&] { commit(*hanging); }) == taken_over);
    CHECK(at.holds("/b", bytes));
    CHECK(at.swift.objects.count("files/a") == 0);
    remove(at.driver(), "/b");
    CHECK(at.swift.objects.empty());
  }
}

TEST_CASE("a writer whose upload another writer committed checks all of its segments") {
  for (const char* layout : {"auto", "registry"})
    for (const int gone : {1, 2, 3}) {
      Uploading at(ScriptedStore::Given{{"layout", layout}});
      const auto hanging = writer(at.driver(), "/a");
      write(*hanging, large('1'));
      at.swift.await("segments/", 2);
      at.swift.ahead = [&](const std::string& request) {  // committed, and removed in part
        if (request != "GET uploads/a" || at.swift.objects.erase("uploads/a") == 0) return;
        at.swift.objects.erase(std::next(at.swift.objects.lower_bound("segments/"), gone - 1));
      };
      CHECK(message_of([&] { commit(*hanging); }) == taken_over);
      CHECK(at.swift.objects.count("files/a") == 0);
    }
}

TEST_CASE("an append does not publish segments that another writer's commit removed") {
  Uploading at;
  const auto writing = writer(at.driver(), "/a");
  write(*writing, large('1'));
  commit(*writing);
  const auto hanging = appender(at.driver(), "/a");
  write(*hanging, large('2'));
  at.swift.await("segments/", 5);
  const auto other = appender(at.driver(), "/a");
  commit(*other);
  const std::string bytes = get(at.driver(), "/a");
  CHECK(status_of([&] { commit(*hanging); }) == overtaken);
  CHECK(at.holds("/a", bytes));
}

TEST_CASE("a writer whose upload another writer took over cannot be closed") {
  Uploading at;
  const auto hanging = writer(at.driver(), "/a");
  write(*hanging, large('1'));
  const auto other = appender(at.driver(), "/a");
  const auto taken = static_cast<size_t>(other->size());
  write(*other, "more");
  CHECK(status_of([&] { keep(*hanging); }) == BERTH_STATUS_PRECONDITION_FAILED);
  keep(*other);
  commit(*appender(at.driver(), "/a"));
  CHECK(at.holds("/a", std::string(taken, '1') + "more"));
}

TEST_CASE("an upload that was closed is resumed in place") {
  Uploading at;
  for (const char* bytes : {"one", "two", "three"}) {
    const auto writing =
        at.swift.objects.empty() ? writer(at.driver(), "/a") : appender(at.driver(), "/a");
    write(*writing, bytes);
    keep(*writing);
  }
  commit(*appender(at.driver(), "/a"));
  CHECK(at.holds("/a", "onetwothree"));
  for (const SeenRequest& request : at.store.server.requests())
    CHECK_FALSE(request.has("X-Copy-From"));
}

TEST_CASE("of two writers that resume a closed upload, the first one fails without damage") {
  const std::function<void(sdk::Writer&)> ends[] = {
      [](sdk::Writer& first) { CHECK(status_of([&] { commit(first); }) == overtaken); },
      [](sdk::Writer& first) { CHECK(status_of([&] { keep(first); }) == overtaken); },
      [](sdk::Writer& first) { cancel(first); }};
  for (const auto& end : ends)
    for (const bool committed : {false, true}) {
      Uploading at;
      auto writing = writer(at.driver(), "/a");
      write(*writing, large('1'));
      keep(*writing);
      const auto first = appender(at.driver(), "/a");
      const auto second = appender(at.driver(), "/a");
      if (committed) {
        commit(*second);
        move(at.driver(), "/a", "/b");
      }
      end(*first);
      if (!committed) {
        commit(*second);
        move(at.driver(), "/a", "/b");
      }
      CHECK(at.holds("/b", large('1')));
    }
}

TEST_CASE("an upload that is committed during a takeover remains intact as the object") {
  // Before the other writer notes it as its own: it appends to the object. After that: it fails.
  for (const char* moment : {"GET uploads/a", "PUT uploads/a"}) {
    Uploading at;
    at.leave_segments({{1, "one"}, {2, "two"}, {4, "four"}});
    at.swift.ahead = [&, looks = 0](const std::string& request) mutable {
      if (request != moment || ++looks != (request == "GET uploads/a" ? 2 : 1)) return;
      at.swift.objects[swift::segment_name("segments/abc/left", 3)] = {"three"};
      at.publish("segments/abc/left/");
      at.swift.objects.erase("uploads/a");
    };
    const auto other = appender(at.driver(), "/a");
    at.swift.ahead = [](const std::string&) {};
    CHECK(at.holds("/a", "onetwothreefour"));
    write(*other, "five");
    const bool appends = moment == std::string("GET uploads/a");
    CHECK(status_of([&] { commit(*other); }) == (appends ? BERTH_STATUS_OK : overtaken));
    CHECK(at.holds("/a", appends ? "onetwothreefourfive" : "onetwothreefour"));
  }
}

TEST_CASE("an upload with a missing segment is an error that names the segment") {
  Uploading at;
  at.leave_segments({{1, "one"}, {2, "two"}});
  at.swift.ahead = [&](const std::string& request) {
    if (request.starts_with("PUT segments/"))
      at.swift.objects.erase(swift::segment_name("segments/abc/left", 2));
  };
  CHECK(message_of([&] { appender(at.driver(), "/a"); }) ==
        "segment 'segments/abc/left/0000000000000002' of the unfinished upload of 'files/a' is "
        "missing; write the object again");
  CHECK(at.swift.objects.size() == 2);  // no copies
}

TEST_CASE("a manifest with the same last segment is not mistaken for one whose answer was lost") {
  Uploading at(ScriptedStore::Given{{"maxretries", "0"}});
  at.swift.instead["PUT files/a"] = {Answer(502)};
  at.swift.ahead = [&](const std::string& request) {
    if (request == "PUT files/a?multipart-manifest=put") at.publish("segments/", 1);
  };
  const auto writing = writer(at.driver(), "/a");
  write(*writing, large('1'));
  CHECK(status_of([&] { commit(*writing); }) == BERTH_STATUS_UNAVAILABLE);
}

TEST_CASE("a commit that cannot remove the note of its upload succeeds") {
  Uploading at;
  at.swift.refused = {"DELETE uploads/a"};
  const auto writing = writer(at.driver(), "/a");
  write(*writing, large('1'));
  commit(*writing);
  CHECK(at.holds("/a", large('1')));
}

TEST_CASE("discarding an upload keeps its segments if it is committed at the same moment") {
  Uploading at;
  at.swift.refused = {"DELETE uploads/a"};
  const auto writing = writer(at.driver(), "/a");
  write(*writing, large('1'));
  commit(*writing);
  const SmallSwift::Object manifest = at.swift.objects.extract("files/a").mapped();
  at.swift.refused.clear();
  int looks = 0;
  at.swift.ahead = [&](const std::string& request) {  // published, and its note not yet removed
    if (request == "GET uploads/a" && ++looks == 2) at.swift.objects["files/a"] = manifest;
  };
  const auto other = writer(at.driver(), "/a");
  CHECK(looks == 2);
  CHECK(at.holds("/a", large('1')));
}

TEST_CASE("segments after a gap that a dead process left are removed, not published") {
  for (const char* layout : {"auto", "registry"}) {
    Uploading at(ScriptedStore::Given{{"layout", layout}});
    at.leave_segments({{1, "one"}, {2, "two"}, {4, "stale"}, {5, "stale"}});
    const auto writer = appender(at.driver(), "/a");
    CHECK(writer->size() == 6);
    write(*writer, "new");
    commit(*writer);
    CHECK(get(at.driver(), "/a") == "onetwonew");
    CHECK(at.swift.objects.size() == 4);
  }
}

TEST_CASE("an upload closed more often than a static manifest has segments is committed") {
  Uploading at({}, R"({"swift": {"max_object_name_length": 1024},
                       "slo": {"max_manifest_segments": 4, "min_segment_size": 1}})");
  for (int i = 0; i < 6; ++i) {
    const auto writing = i == 0 ? writer(at.driver(), "/a") : appender(at.driver(), "/a");
    write(*writing, std::to_string(i));
    keep(*writing);
  }
  commit(*appender(at.driver(), "/a"));
  CHECK(get(at.driver(), "/a") == "012345");
  CHECK_FALSE(at.swift.objects["files/a"].is_static);
}

TEST_CASE("an object with as many segments as a static manifest has is appended to") {
  Uploading at({}, R"({"swift": {"max_object_name_length": 1024},
                       "slo": {"max_manifest_segments": 4, "min_segment_size": 1}})");
  const std::string bytes(3 * mebibyte + 1, 'x');
  const auto writing = writer(at.driver(), "/a");
  write(*writing, bytes);
  commit(*writing);
  REQUIRE(at.swift.objects["files/a"].is_static);
  const auto adding = appender(at.driver(), "/a");
  write(*adding, "more");
  CHECK(at.holds("/a", bytes));
  commit(*adding);
  CHECK(at.holds("/a", bytes + "more"));
  CHECK_FALSE(at.swift.objects["files/a"].is_static);
  CHECK(at.swift.objects.size() == 6);
}

TEST_CASE("an append reads the small end of an object that grew meanwhile, and fails to commit") {
  Uploading at({}, R"({"swift": {"max_object_name_length": 1024},
                       "slo": {"max_manifest_segments": 1000, "min_segment_size": 1048576}})");
  const std::string bytes = std::string(mebibyte, 'x');
  const auto writing = writer(at.driver(), "/a");
  write(*writing, bytes + "tail");
  commit(*writing);
  at.swift.ahead = [&](const std::string& request) {
    if (request != "GET files/a?multipart-manifest=get") return;
    at.swift.objects["segments/zzz/0000000000000001"] = {"more"};
    at.publish("segments/");
  };
  const auto adding = appender(at.driver(), "/a");
  at.swift.ahead = [](const std::string&) {};
  write(*adding, "new");
  CHECK(adding->size() == bytes.size() + std::string("tailmorenew").size());
  CHECK(status_of([&] { commit(*adding); }) == overtaken);
  CHECK(at.holds("/a", bytes + "tailmore"));
}

TEST_CASE(
    "an append to an upload with the maximum number of segments is refused and changes nothing") {
  Uploading at(ScriptedStore::Given{{"layout", "registry"}});
  std::map<int, std::string> segments;
  for (int i = 1; i <= 9'999; ++i) segments[i] = "x";
  at.leave_segments(segments);
  CHECK(message_of([&] { appender(at.driver(), "/a"); }) ==
        "'files/a' has 9999 segments already, and a large object cannot have more; write it again "
        "as a new object");
  CHECK(at.swift.objects.size() == 10'000);
}

TEST_CASE("a large object that cannot fit with its chunksize is refused at once") {
  const char* info = R"({"swift": {"max_object_name_length": 1024, "max_file_size": 2097152},
                         "slo": {"max_manifest_segments": 100, "min_segment_size": 1}})";
  Uploading at({}, info);
  sdk::WriteOptions options;
  options.size_hint = 101 * mebibyte;
  CHECK(message_of([&] { writer(at.driver(), "/a", options); }) ==
        "the object is larger than 104857600 bytes, the most that 100 parts hold with a chunksize "
        "of 1048576 bytes; make chunksize larger");
  Uploading with_larger(ScriptedStore::Given{{"chunksize", "2097152"}}, info);
  CHECK(writer(with_larger.driver(), "/a", options));
}

TEST_CASE("create_only checks for an existing object before publishing, whatever the size") {
  for (const size_t size : {size_t{3}, 2 * mebibyte}) {
    Uploading at({}, R"({"swift": {}})");  // as Ceph's gateway
    at.swift.heeds_conditions = false;
    sdk::WriteOptions options;
    options.create_only = true;
    const auto writing = writer(at.driver(), "/a", options);
    write(*writing, std::string(size, 'x'));
    put(at.driver(), "/a", "theirs");
    CHECK(status_of([&] { commit(*writing); }) == BERTH_STATUS_ALREADY_EXISTS);
    CHECK(get(at.driver(), "/a") == "theirs");
  }
}

// ---- Whole writes void what was unfinished

TEST_CASE("an upload that a put voided is not resumed, though the content is the same") {
  Uploading on;
  put(on.driver(), "/a", "abc");
  {
    const auto w = appender(on.driver(), "/a");
    write(*w, "stale");
    keep(*w);
  }
  put(on.driver(), "/a", "abc");
  const auto w = appender(on.driver(), "/a");
  CHECK(w->size() == 3);
  CHECK(on.swift.objects.count("uploads/a") == 0);
  write(*w, "+");
  commit(*w);
  CHECK(on.holds("/a", "abc+"));
}

TEST_CASE("an upload that a put voided does not come back when the object goes away") {
  for (const bool moves : {true, false}) {
    CAPTURE(moves);
    Uploading on;
    {
      const auto w = writer(on.driver(), "/a");
      write(*w, large('x'));
      keep(*w);
    }
    put(on.driver(), "/a", "new");
    moves ? move(on.driver(), "/a", "/b") : remove(on.driver(), "/a");
    CHECK(status_of([&] { appender(on.driver(), "/a"); }) == BERTH_STATUS_PATH_NOT_FOUND);
    CHECK(on.swift.objects.size() == (moves ? 1 : 0));
  }
}

TEST_CASE("an upload that the move of a large object voided does not come back after it") {
  Uploading on;
  for (const char* path : {"/c", "/a"}) {
    const auto w = writer(on.driver(), path);
    write(*w, large(path[1]));
    path == std::string("/c") ? commit(*w) : keep(*w);
  }
  move(on.driver(), "/c", "/a");
  move(on.driver(), "/a", "/b");
  CHECK(status_of([&] { appender(on.driver(), "/a"); }) == BERTH_STATUS_PATH_NOT_FOUND);
  CHECK(on.holds("/b", large('c')));
  CHECK(on.swift.objects.size() == 4);  // the manifest and its three segments
}

TEST_CASE("a writer fails to close and to commit after another put, whatever its size") {
  for (const bool closes : {true, false})
    for (const std::string& bytes : {std::string("abc"), large('x')}) {
      CAPTURE(closes);
      Uploading on;
      const auto w = writer(on.driver(), "/a");
      write(*w, bytes);
      put(on.driver(), "/a", "new");
      CHECK(status_of([&] { closes ? keep(*w) : commit(*w); }) == overtaken);
      CHECK(on.holds("/a", "new"));
      CHECK(on.swift.objects.size() == 1);
    }
}

TEST_CASE("remove of a path with nothing but an unfinished upload succeeds, once") {
  Uploading on;
  {
    const auto w = writer(on.driver(), "/a/b");
    write(*w, large('x'));
    keep(*w);
  }
  remove(on.driver(), "/a");
  CHECK(on.swift.objects.empty());
  CHECK(status_of([&] { remove(on.driver(), "/a"); }) == BERTH_STATUS_PATH_NOT_FOUND);
}

TEST_CASE("a move leaves a plain source that was replaced while it was copied") {
  Uploading on;
  put(on.driver(), "/a", "abc");
  on.swift.ahead = [&](const std::string& request) {
    if (request == "HEAD files/a" && on.swift.objects.count("files/b") != 0)
      on.swift.objects["files/a"] = {"newer"};
  };
  CHECK(status_of([&] { move(on.driver(), "/a", "/b"); }) == overtaken);
  CHECK(on.holds("/a", "newer"));
}

}  // namespace berth::test
