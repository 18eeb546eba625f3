// SPDX-License-Identifier: Apache-2.0
//
// Whole objects: put, get, stat, and the paths of the registry's model.
#include <algorithm>
#include <chrono>
#include <thread>

#include "tests.hpp"

namespace berth::conformance {
namespace {

void root_exists(Context& t) {
  const FileInfo info = t.store().stat("/");
  expect(info.is_directory, "stat(\"/\"): expected a directory, saw a file");
  expect_number("size in stat(\"/\")", 0, info.size);
  expect(info.path == "/", "stat(\"/\"): expected path \"/\", saw " + shown(info.path));
  (void)t.store().list("/");
  t.store().walk("/", [](const Entry&) { return Visit::stop; });
}

void registry_paths(Context& t) {
  const std::string content = t.random().bytes(64);
  for (const char* path :
       {"a", "2", "aa", "a.a", "0-9/abcdefg", "abcdefg/z.75", "abc/1.2.3.4.5-6_zyx/123.z/4",
        "docker/docker-registry", "123.abc", "abc./abc", ".abc", "a--b", "a-.b", "_.abc",
        "Docker/docker-registry", "Abc/Cba"})
    t.expect_content(t.put(path, content), content);
}

void top_level_object(Context& t) {
  const std::string path = t.top("file");
  t.store().put_content(path, "at the top");
  t.expect_content(path, "at the top");
  const Paths root = t.store().list("/");
  expect(std::count(root.begin(), root.end(), path) == 1,
         "list(\"/\"): expected " + path + " once, saw " + shown(root));
}

void round_trip(Context& t) {
  for (const std::string& content :
       {std::string("a"), std::string("\xc3\x9f"), t.random().bytes(32), t.random().bytes(mib)})
    t.expect_content(t.put("object", content), content);
}

void not_utf8(Context& t) {
  const std::string content("\x80\x80\x80\x80");
  t.expect_content(t.put("object", content), content);
  const std::string zeros("\0\r\n\0\xff\xfe", 6);
  t.expect_content(t.put("zeros", zeros), zeros);
}

void empty_object(Context& t) {
  const std::string path = t.put("empty", "");
  t.expect_content(path, "");
  const FileInfo info = t.store().stat(path);
  expect(!info.is_directory, "stat of an empty object: expected a file, saw a directory");
  expect_number("size of an empty object", 0, info.size);
  Reader reader = t.store().reader(path);
  expect_bytes("reader of an empty object", "", reader.read_all());
  Reader ranged = t.store().reader(path, 0, 10);
  expect_bytes("ranged reader of an empty object", "", ranged.read_all());
}

void overwrite_shorter(Context& t) {
  const std::string longer = t.random().bytes(mib);
  const std::string shorter = t.random().bytes(kib);
  const std::string path = t.put("object", longer);
  t.put("object", shorter);
  t.expect_content(path, shorter);
  expect_number("size after overwriting with less", shorter.size(), t.store().stat(path).size);
  t.put("object", "");
  t.expect_content(path, "");
}

void overwrite_longer(Context& t) {
  const std::string path = t.put("object", t.random().bytes(2048));
  const std::string longer = t.random().bytes(4096);
  t.put("object", longer);
  t.expect_content(path, longer);
  expect_number("size after overwriting with more", 4096, t.store().stat(path).size);
}

void stat_missing(Context& t) {
  t.put("there");
  t.expect_gone(t.path("missing"));
  t.expect_gone(t.path("missing/deeper"));
  t.expect_gone(t.path("there/below-a-file"));
}

void stat_file(Context& t) {
  const std::string path = t.put("dir/file", t.random().bytes(4096));
  const FileInfo info = t.store().stat(path);
  expect(info.path == path, "stat: expected path " + path + ", saw " + shown(info.path));
  expect(!info.is_directory, "stat of a file: expected a file, saw a directory");
  expect_number("size in stat", 4096, info.size);
  expect(info.modified.has_value(), "stat of a file: expected a time of modification, saw none");
  expect(info.modified->time_since_epoch() > std::chrono::hours(24 * 365),
         "stat of a file: expected a time of modification of our days, saw one of about 1970");
}

void stat_directory(Context& t) {
  t.put("dir/sub/file");
  for (const std::string& path : {t.path("dir"), t.path("dir/sub"), t.directory()}) {
    const FileInfo info = t.store().stat(path);
    expect(info.is_directory, "stat(" + path + "): expected a directory, saw a file");
    expect(info.path == path, "stat: expected path " + path + ", saw " + shown(info.path));
    expect_number("size of a directory", 0, info.size);
  }
}

void stat_sibling_prefix(Context& t) {
  t.put_all({"bush/x", "foobar", "d/ab/f", "e-f/x", "e.f/x"});
  for (const char* name : {"bus", "foo", "d/a", "e", "bush/xy", "b"}) {
    const std::string path = t.path(name);
    t.expect_missing("stat(" + path + ")", path, [&] { (void)t.store().stat(path); });
  }
}

void get_of_directory(Context& t) {
  t.put("dir/file");
  const std::string path = t.path("dir");
  t.expect_missing("get_content of a directory", path, [&] { (void)t.store().get_content(path); });
  t.expect_missing("reader of a directory", path, [&] { (void)t.store().reader(path); });
}

// Waits no longer than the store's clock needs to tick: seconds on some services.
void mtime_moves_forward(Context& t) {
  const std::string path = t.put("object", t.random().bytes(4096));
  const auto first = t.store().stat(path).modified;
  expect(first.has_value(), "stat of a file: expected a time of modification, saw none");
  const std::chrono::seconds patience(t.quick() ? 3 : 12);
  const auto limit = std::chrono::steady_clock::now() + patience;
  constexpr std::chrono::milliseconds longest(250);
  std::chrono::milliseconds pause(1);
  for (auto last = first; last <= first; pause = std::min(2 * pause, longest)) {
    expect(std::chrono::steady_clock::now() < limit,
           "the time of modification did not move forward in " + std::to_string(patience.count()) +
               " s of overwriting");
    std::this_thread::sleep_for(pause);
    t.put("object", t.random().bytes(4096));
    const auto now = t.store().stat(path).modified;
    expect(now >= last, "the time of modification went backwards after an overwrite");
    last = now;
  }
}

void put_makes_parents(Context& t) {
  const std::string path = t.put("a/b/c/d/e/f/g", "deep");
  t.expect_content(path, "deep");
  expect(t.store().stat(t.path("a/b/c")).is_directory, "expected the parents to be directories");
}

void seen_by_another_store(Context& t) {
  if (!t.shared()) skip("the driver keeps its data inside one store");
  Store other = t.another();
  const std::string path = t.put("object", "first");
  expect_bytes("get_content by another store", "first", other.get_content(path));
  t.put("object", "second, longer");
  expect_bytes("get_content by another store", "second, longer", other.get_content(path));
  expect_number("stat by another store", 14, other.stat(path).size);
  other.remove(path);
  t.expect_gone(path);
}

constexpr Test tests[] = {
    {"basic/root-exists", "\"/\" is a directory that stat, list and walk know.", root_exists},
    {"basic/registry-paths", "The paths of the registry's own suite.", registry_paths},
    {"basic/top-level-object", "An object directly in \"/\".", top_level_object},
    {"basic/round-trip", "1 byte to 1 MiB come back as put.", round_trip},
    {"basic/not-utf8", "Content is bytes, not text.", not_utf8},
    {"basic/empty-object", "An object without content exists.", empty_object},
    {"basic/overwrite-shorter", "Put replaces the whole object by less.", overwrite_shorter},
    {"basic/overwrite-longer", "Put replaces the whole object by more.", overwrite_longer},
    {"basic/missing", "What does not exist is PathNotFound.", stat_missing},
    {"basic/stat-file", "Stat tells path, size and time of a file.", stat_file},
    {"basic/stat-directory", "Stat tells a directory by what lies below it.", stat_directory},
    {"basic/stat-sibling-prefix", "A longer name makes no directory of a shorter.",
     stat_sibling_prefix},
    {"basic/get-of-directory", "A directory has no content.", get_of_directory},
    {"basic/mtime-forward", "Overwriting moves the time of modification on.", mtime_moves_forward},
    {"basic/put-makes-parents", "Put needs no directories beforehand.", put_makes_parents},
    {"basic/another-store", "What one store wrote, another sees at once.", seen_by_another_store},
};

}  // namespace

std::span<const Test> basic_tests() {
  return tests;
}

}  // namespace berth::conformance
