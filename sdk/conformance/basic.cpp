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
  expect(info.is_directory, "stat(\"/\"): expected a directory, got a file");
  expect_number("size in stat(\"/\")", 0, info.size);
  expect(info.path == "/", "stat(\"/\"): expected path \"/\", got " + shown(info.path));
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
         "list(\"/\"): expected " + path + " once, got " + shown(root));
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
  expect(!info.is_directory, "stat of an empty object: expected a file, got a directory");
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
  expect(info.path == path, "stat: expected path " + path + ", got " + shown(info.path));
  expect(!info.is_directory, "stat of a file: expected a file, got a directory");
  expect_number("size in stat", 4096, info.size);
  expect(info.modified.has_value(), "stat of a file: expected a modification time, got none");
  expect(info.modified->time_since_epoch() > std::chrono::hours(24 * 365),
         "stat of a file: expected the current modification time, got one in 1970");
}

void stat_directory(Context& t) {
  t.put("dir/sub/file");
  for (const std::string& path : {t.path("dir"), t.path("dir/sub"), t.directory()}) {
    const FileInfo info = t.store().stat(path);
    expect(info.is_directory, "stat(" + path + "): expected a directory, got a file");
    expect(info.path == path, "stat: expected path " + path + ", got " + shown(info.path));
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

// Overwrites until the modification time changes: some services count whole seconds.
void mtime_moves_forward(Context& t) {
  const std::string path = t.put("object", t.random().bytes(4096));
  const auto first = t.store().stat(path).modified;
  expect(first.has_value(), "stat of a file: expected a modification time, got none");
  const std::chrono::seconds wait_limit(t.quick() ? 3 : 12);
  const auto limit = std::chrono::steady_clock::now() + wait_limit;
  constexpr std::chrono::milliseconds longest(250);
  std::chrono::milliseconds pause(1);
  for (auto last = first; last <= first; pause = std::min(2 * pause, longest)) {
    expect(std::chrono::steady_clock::now() < limit, "the modification time did not change in " +
                                                         std::to_string(wait_limit.count()) +
                                                         " s of overwriting");
    std::this_thread::sleep_for(pause);
    t.put("object", t.random().bytes(4096));
    const auto now = t.store().stat(path).modified;
    expect(now >= last, "the modification time went backwards after an overwrite");
    last = now;
  }
}

void put_makes_parents(Context& t) {
  const std::string path = t.put("a/b/c/d/e/f/g", "deep");
  t.expect_content(path, "deep");
  expect(t.store().stat(t.path("a/b/c")).is_directory,
         "stat of the parent directories that put created: expected a directory, got a file");
}

void seen_by_another_store(Context& t) {
  if (!t.shared()) skip("two stores of this driver do not share data");
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
    {"basic/root-exists", "stat, list, walk",
     "\"/\" is a directory for stat, list and walk, also in an empty store.", root_exists},
    {"basic/registry-paths", "put", "The paths of the registry's own test suite are accepted.",
     registry_paths},
    {"basic/top-level-object", "put", "An object can be stored directly in \"/\".",
     top_level_object},
    {"basic/round-trip", "put, get", "Contents of 1 byte to 1 MiB are read back unchanged.",
     round_trip},
    {"basic/not-utf8", "put, get", "Content is bytes and need not be UTF-8.", not_utf8},
    {"basic/empty-object", "put", "An object of 0 bytes exists.", empty_object},
    {"basic/overwrite-shorter", "put", "Put replaces the whole object with a shorter one.",
     overwrite_shorter},
    {"basic/overwrite-longer", "put", "Put replaces the whole object with a longer one.",
     overwrite_longer},
    {"basic/missing", "get, reader_open, stat", "A missing object is PATH_NOT_FOUND.",
     stat_missing},
    {"basic/stat-file", "stat", "Stat reports path, size and modification time of a file.",
     stat_file},
    {"basic/stat-directory", "stat", "A path is a directory if there is an object below it.",
     stat_directory},
    {"basic/stat-sibling-prefix", "stat",
     "A path does not exist just because a longer name begins with it.", stat_sibling_prefix},
    {"basic/get-of-directory", "get, reader_open", "A directory has no content: PATH_NOT_FOUND.",
     get_of_directory},
    {"basic/mtime-forward", "stat", "Overwriting an object advances its modification time.",
     mtime_moves_forward},
    {"basic/put-makes-parents", "put", "Put creates missing parent directories.",
     put_makes_parents},
    {"basic/another-store", "put", "A second store sees at once what the first one stored.",
     seen_by_another_store},
};

}  // namespace

std::span<const Test> basic_tests() {
  return tests;
}

}  // namespace berth::conformance
