// SPDX-License-Identifier: Apache-2.0
//
// What registries left: their names, their numbering, and manifests that do not tell their size.
#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>

#include "small_swift.hpp"

namespace berth::test {
namespace {

constexpr size_t mebibyte = 1024 * 1024;

// As registries up to 2.8 named them: the path in hex, random bytes, the digest of nothing.
const std::string old_path =
    "segments/2f6/4617461" + std::string(64, '7') + "da39a3ee5e6b4b0d3255bfef95601890afd80709";

std::string numbered(int number) {
  const std::string digits = std::to_string(number);
  return old_path + '/' + std::string(16 - digits.size(), '0') + digits;
}

// A store with what a registry wrote to "/data".
struct Left {
  explicit Left(const std::map<int, std::string>& segments)
      : store([this](const SeenRequest& request) { return swift(request); },
              {{"chunksize", "1048576"}, {"layout", "registry"}, {"maxretries", "1"}}) {
    for (const auto& [number, bytes] : segments) swift.objects[numbered(number)] = {bytes};
    swift.objects["files/data"] = {"", {{"X-Object-Manifest", "c/" + old_path}}};
  }

  sdk::Driver& driver() const { return *store.driver; }

  SmallSwift swift;
  ScriptedStore store;
};

uint64_t walked_size(sdk::Driver& driver) {
  Entries entries;
  driver.walk("/", {}, entries.sink(), FakeCall());
  return entries.all().at(0).size;
}

}  // namespace

TEST_CASE("segments may begin with number 0 and leave numbers out") {
  Left at({{0, "plain"}, {2, "added"}, {7, "more"}});
  CHECK(get(at.driver(), "/data") == "plainaddedmore");
  CHECK(stat(at.driver(), "/data").size == 14);
  CHECK(walked_size(at.driver()) == 14);
  const auto writer = appender(at.driver(), "/data");
  CHECK(writer->size() == 14);
  write(*writer, "last");
  commit(*writer);
  CHECK(at.swift.objects[numbered(8)].body == "last");
  CHECK(get(at.driver(), "/data") == "plainaddedmorelast");
  remove(at.driver(), "/data");
  CHECK(at.swift.objects.empty());
}

TEST_CASE("segments that the listing does not show are removed with the others") {
  for (const std::set<int>& hidden : {std::set{0}, std::set{2}, std::set{0, 2}, std::set{3}}) {
    Left at({{0, "a"}, {2, "b"}, {3, "c"}});
    for (const int number : hidden) at.swift.unlisted.insert(numbered(number));
    remove(at.driver(), "/data");
    CHECK(at.swift.objects.empty());
  }
}

TEST_CASE("an object whose segments are not listed yet is not taken for an empty one") {
  Left at({{1, "content"}});
  at.swift.unlisted = {numbered(1)};
  CHECK(stat(at.driver(), "/data").size == 7);
  CHECK(walked_size(at.driver()) == 7);
  const auto getting = [&] { get(at.driver(), "/data"); };
  CHECK(message_of(getting) == "the service does not list all segments of 'files/data' yet");
  CHECK(status_of(getting) == BERTH_STATUS_UNAVAILABLE);
  CHECK(status_of([&] { read(at.driver(), "/data"); }) == BERTH_STATUS_UNAVAILABLE);
  at.swift.unlisted.clear();
  CHECK(get(at.driver(), "/data") == "content");
}

TEST_CASE("what is not listed yet is copied and moved whole") {
  Left at({{1, "content"}});
  at.swift.unlisted = {numbered(1)};
  at.store.driver->copy("/data", "/copy", {}, FakeCall());
  CHECK(get(at.driver(), "/copy") == "content");
  int lists = 0;
  at.swift.ahead = [&](const std::string& request) {
    if (request == "LIST " + old_path && ++lists == 3) at.swift.unlisted.clear();
  };
  move(at.driver(), "/data", "/moved");
  CHECK(at.swift.objects["files/moved"].headers["X-Object-Meta-Berth-Size"] == "7");
  CHECK(get(at.driver(), "/moved") == "content");
}

TEST_CASE("an addition that is not listed in time is no success, and is taken back") {
  Left at({{1, "content"}});
  const auto writer = appender(at.driver(), "/data");
  write(*writer, "added");
  at.swift.unlisted = {numbered(2)};
  FakeCall call;
  call.expire_at(std::chrono::steady_clock::now() + std::chrono::milliseconds(300));
  CHECK(status_of([&] { writer->commit({}, call); }) == BERTH_STATUS_DEADLINE_EXCEEDED);
  CHECK(at.swift.objects.count(numbered(2)) == 0);
  CHECK(get(at.driver(), "/data") == "content");
}

TEST_CASE("what another one left beside it does not make up for a segment that is not listed") {
  Left at({{1, "content"}});
  const auto writer = appender(at.driver(), "/data");
  write(*writer, "added");
  at.swift.unlisted = {numbered(2)};
  at.swift.objects[numbered(3)] = {"stale"};
  FakeCall call;
  call.expire_at(std::chrono::steady_clock::now() + std::chrono::milliseconds(300));
  CHECK(message_of([&] { writer->commit({}, call); })
            .ends_with("the service lists 1 of 2 segments below '" + old_path +
                       "' and 1 that others left there"));
}

TEST_CASE("what grows in place, in the sight of readers, grows in order") {
  Left at({{1, "content"}});
  at.swift.instead["PUT " + numbered(2)] = {Answer(500)};  // sent again after a pause
  const auto writer = appender(at.driver(), "/data");
  write(*writer, std::string(3 * mebibyte, 'x'));
  commit(*writer);
  std::vector<std::string> puts;
  for (const std::string& line : at.store.log())
    if (line.starts_with("PUT /v1/AUTH_a/c/segments")) puts.push_back(line);
  CHECK(puts.size() == 4);
  CHECK(std::is_sorted(puts.begin(), puts.end()));
}

TEST_CASE("an upload that a registry began and sent nothing for is empty") {
  Left at({});
  CHECK(get(at.driver(), "/data").empty());
  CHECK(read(at.driver(), "/data").empty());
  CHECK(stat(at.driver(), "/data").size == 0);
  const auto writer = appender(at.driver(), "/data");
  write(*writer, "first");
  commit(*writer);
  CHECK(get(at.driver(), "/data") == "first");
}

TEST_CASE("segments are named by a digest of one length, however long the path is") {
  Left at({});
  const std::string path = '/' + std::string(900, 'p');
  const auto writer = test::writer(at.driver(), path);
  write(*writer, std::string(mebibyte + 1, 'x'));
  commit(*writer);
  const std::string manifest = at.swift.objects["files" + path].headers["X-Object-Manifest"];
  REQUIRE(manifest.size() == std::string("c/segments/123/").size() + 37);
  CHECK(manifest.substr(0, 11) == "c/segments/");
  for (const char c : manifest.substr(11, 3) + manifest.substr(15))
    CHECK(std::isxdigit(static_cast<unsigned char>(c)) != 0);
}

}  // namespace berth::test
