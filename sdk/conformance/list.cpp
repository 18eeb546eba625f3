// SPDX-License-Identifier: Apache-2.0
//
// List: the direct children, each once, by full path, and nothing else.
#include <algorithm>
#include <map>

#include "tests.hpp"

namespace berth::conformance {
namespace {

void expect_listed(Context& t, const std::string& path, const Paths& expected) {
  expect_same_paths("list(" + path + ")", expected, t.store().list(path));
}

void empty_store(Context& t) {
  const Paths root = t.store().list("/");
  if (!root.empty()) skip("the store is not empty: list(\"/\") reports " + shown(root));
  expect_paths("walk of an empty store", {}, walked(t.store(), "/"));
  expect(t.store().stat("/").is_directory, "stat(\"/\"): expected a directory, got a file");
}

void levels(Context& t) {
  Paths files;
  for (int i = 0; i < 50; ++i)
    files.push_back(t.put("parent/" + t.random().name(8) + std::to_string(i), "32 bytes"));
  const std::string prefix = t.directory().substr(0, t.directory().find('/', 1));
  const Paths root = t.store().list("/");
  expect(std::count(root.begin(), root.end(), prefix) == 1,
         "list(\"/\"): expected " + prefix + " once, got " + shown(root));
  expect_listed(t, t.directory(), {t.path("parent")});
  expect_listed(t, t.path("parent"), files);
}

void mixed_children(Context& t) {
  t.put_all({"d/file", "d/sub/one", "d/sub/two", "d/sub/deeper/three", "d/other/four", "e/five"});
  expect_listed(t, t.path("d"), {t.path("d/file"), t.path("d/sub"), t.path("d/other")});
  expect_listed(t, t.path("d/sub"),
                {t.path("d/sub/one"), t.path("d/sub/two"), t.path("d/sub/deeper")});
}

void missing_directory(Context& t) {
  t.put_all({"there", "dir/file"});
  for (const char* name : {"missing", "missing/deeper", "dir/missing", "di", "ther"}) {
    const std::string path = t.path(name);
    t.expect_missing("list(" + path + ")", path, [&] { (void)t.store().list(path); });
  }
}

void file_has_no_children(Context& t) {
  const std::string path = t.put("file");
  t.expect_missing("list of a file", path, [&] { (void)t.store().list(path); });
}

void sibling_prefixes(Context& t) {
  t.put_all({"a/f", "ab/f", "a-b/f", "a.b/f", "a b/f", "a0/f", "a!"});
  expect_listed(t, t.path("a"), {t.path("a/f")});
  expect_listed(t, t.directory(),
                {t.path("a"), t.path("ab"), t.path("a-b"), t.path("a.b"), t.path("a b"),
                 t.path("a0"), t.path("a!")});
}

void many_files(Context& t) {
  constexpr unsigned count = 1005;  // services list 1000 per page
  constexpr unsigned threads = 15;
  in_parallel(threads, [&](unsigned thread) {
    for (unsigned i = thread; i < count; i += threads)
      t.put("many/file-" + std::to_string(10000 + i), "x");
  });
  Paths expected;
  for (unsigned i = 0; i < count; ++i)
    expected.push_back(t.path("many/file-" + std::to_string(10000 + i)));
  expect_listed(t, t.path("many"), expected);
  expect_paths("walk over 1005 files", expected, walked(t.store(), t.path("many")));
  t.store().remove(t.path("many"));
  t.expect_missing("list after the remove of 1005 files", t.path("many"),
                   [&] { (void)t.store().list(t.path("many")); });
}

// More directories than fit one page, with content between them.
void many_directories(Context& t) {
  const unsigned count = t.quick() ? 120 : 1005;
  Paths expected;
  for (unsigned i = 0; i < count; ++i) {
    const std::string name = "many/dir-" + std::to_string(10000 + i);
    expected.push_back(t.path(name));
    t.put(name + "/x", "x");
    if (i % 10 == 0) t.put(name + "/y/z", "x");
  }
  expect_listed(t, t.path("many"), expected);
}

void details(Context& t) {
  t.put("d/file", t.random().bytes(1234));
  t.put("d/sub/file");
  std::map<std::string, bool> directories;
  t.store().list(t.path("d"), [&](const Entry& entry) {
    directories[std::string(entry.path)] = entry.is_directory;
    if (!entry.is_directory && entry.size) expect_number("size in list", 1234, *entry.size);
    return Visit::carry_on;
  });
  const std::map<std::string, bool> expected{{t.path("d/file"), false}, {t.path("d/sub"), true}};
  expect(directories == expected,
         "list(" + t.path("d") + "): expected \"file\" as a file and \"sub\" as a directory");
}

void stop(Context& t) {
  t.put_all({"1", "2", "3", "4", "5"});
  int calls = 0;
  t.store().list(t.directory(),
                 [&](const Entry&) { return ++calls == 2 ? Visit::stop : Visit::carry_on; });
  expect_number("entries before the visitor stopped", 2, static_cast<std::uint64_t>(calls));
}

struct Thrown {};

void visitor_throws(Context& t) {
  t.put_all({"1", "2", "3"});
  int calls = 0;
  try {
    t.store().list(t.directory(), [&](const Entry&) -> Visit {
      ++calls;
      throw Thrown();
    });
  } catch (const Thrown&) {
    expect_number("entries before the visitor threw", 1, static_cast<std::uint64_t>(calls));
    return;
  }
  fail("list: the visitor threw an exception, but list returned without it");
}

void visitor_calls_store(Context& t) {
  t.put_all({"d/1", "d/2", "e/3"});
  Paths seen;
  t.store().list(t.directory(), [&](const Entry& entry) {
    for (const std::string& child : t.store().list(entry.path)) seen.push_back(child);
    t.store().put_content(t.path("d/1"), "d/1");
    return Visit::carry_on;
  });
  expect_same_paths("children listed by a visitor", {t.path("d/1"), t.path("d/2"), t.path("e/3")},
                    seen);
}

constexpr Test tests[] = {
    {"list/empty-store", "list", "\"/\" of an empty store is an empty directory.", empty_store},
    {"list/levels", "list", "List reports the children of one level only.", levels},
    {"list/mixed", "list", "List reports files and directories, once each.", mixed_children},
    {"list/missing", "list", "List of a missing directory is PATH_NOT_FOUND.", missing_directory},
    {"list/file", "list", "List of a file is PATH_NOT_FOUND.", file_has_no_children},
    {"list/sibling-prefixes", "list", "Names that begin alike are listed separately.",
     sibling_prefixes},
    {"list/1005-files", "list, walk, remove",
     "List, walk and remove work beyond one page of 1000 files.", many_files},
    {"list/many-directories", "list", "List works beyond one page of directories.",
     many_directories},
    {"list/details", "list", "Kind and size that list reports are true.", details},
    {"list/stop", "list", "A visitor can stop the list.", stop},
    {"list/visitor-throws", "list", "An exception of the visitor reaches the caller.",
     visitor_throws},
    {"list/visitor-calls-store", "list", "The visitor may call the store.", visitor_calls_store},
};

}  // namespace

std::span<const Test> list_tests() {
  return tests;
}

}  // namespace berth::conformance
