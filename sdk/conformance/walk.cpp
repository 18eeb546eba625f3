// SPDX-License-Identifier: Apache-2.0
//
// Walk: the order is the same on every driver. A directory sorts as its name followed by "/" and
// comes just before its content. The expected lists are in that order.
#include <algorithm>

#include "tests.hpp"

namespace berth::conformance {
namespace {

void put_tree(Context& t) {
  t.put_all({"file1", "folder1/file1", "folder2/file1", "folder1-suffix/file1", "folder4/file1",
             "folder3/subfolder1/subfolder1/file1", "folder3/subfolder2/subfolder1/file1"});
}

Paths below(Context& t, std::initializer_list<std::string_view> names) {
  Paths paths;
  for (const auto name : names) paths.push_back(t.path(name));
  return paths;
}

void expect_walk(Context& t, const std::string& from, std::string_view after,
                 std::initializer_list<std::string_view> expected) {
  const WalkOptions options{after.empty() ? std::string() : t.path(after)};
  expect_paths("walk(" + from + ") after " + shown(options.start_after), below(t, expected),
               walked(t.store(), from, options));
}

void whole_tree(Context& t) {
  put_tree(t);
  expect_walk(
      t, t.directory(), "",
      {"file1", "folder1-suffix", "folder1-suffix/file1", "folder1", "folder1/file1", "folder2",
       "folder2/file1", "folder3", "folder3/subfolder1", "folder3/subfolder1/subfolder1",
       "folder3/subfolder1/subfolder1/file1", "folder3/subfolder2", "folder3/subfolder2/subfolder1",
       "folder3/subfolder2/subfolder1/file1", "folder4", "folder4/file1"});
  expect_walk(t, t.path("folder1"), "", {"folder1/file1"});
}

void order_below(Context& t) {
  t.put_all({"b/a/z", "b/a-a", "b/a.a/y", "b/aa", "b-/a", "c"});
  expect_walk(t, t.path("b"), "", {"b/a-a", "b/a.a", "b/a.a/y", "b/a", "b/a/z", "b/aa"});
}

void order_of_root(Context& t) {
  t.put_all({"a/x", "a-b/x", "a.b", "a.b.c/x", "ab", "a!", "B", "z", "\xc3\xa9"});
  expect_walk(
      t, t.directory(), "",
      {"B", "a!", "a-b", "a-b/x", "a.b", "a.b.c", "a.b.c/x", "a", "a/x", "ab", "z", "\xc3\xa9"});
}

void details(Context& t) {
  t.put("d/file", t.random().bytes(1234));
  t.put("d/sub/empty", "");
  t.store().walk(t.path("d"), [&](const Entry& entry) {
    const std::string what = "walk, entry " + std::string(entry.path);
    expect(entry.is_directory == (entry.path == t.path("d/sub")),
           what + ": expected only \"sub\" to be a directory");
    if (entry.is_directory) return Visit::carry_on;
    expect(entry.size.has_value(), what + ": expected a size, got none");
    expect(entry.modified.has_value(), what + ": expected a modification time, got none");
    expect_number(what + ": size", entry.path == t.path("d/file") ? 1234 : 0, *entry.size);
    return Visit::carry_on;
  });
}

// Walks, and returns skip_directory for the entries in `skipped`.
Paths walk_skipping(Context& t, const std::string& from, const Paths& skipped) {
  Paths seen;
  t.store().walk(from, [&](const Entry& entry) {
    seen.emplace_back(entry.path);
    const bool skip = std::find(skipped.begin(), skipped.end(), entry.path) != skipped.end();
    return skip ? Visit::skip_directory : Visit::carry_on;
  });
  return seen;
}

void skip_directory(Context& t) {
  put_tree(t);
  expect_paths("walk that skips folder1 and folder3/subfolder1",
               below(t, {"file1", "folder1-suffix", "folder1-suffix/file1", "folder1", "folder2",
                         "folder2/file1", "folder3", "folder3/subfolder1", "folder3/subfolder2",
                         "folder3/subfolder2/subfolder1", "folder3/subfolder2/subfolder1/file1",
                         "folder4", "folder4/file1"}),
               walk_skipping(t, t.directory(), below(t, {"folder1", "folder3/subfolder1"})));
}

void skip_sibling_prefixes(Context& t) {
  t.put_all({"t/0.1.2/l", "t/0.1.20/l", "t/0.1.2-rc/l", "t/0.1.2/m/n"});
  const Paths all = below(t, {"t/0.1.2-rc", "t/0.1.2", "t/0.1.20"});
  expect_paths("walk that skips every directory", all, walk_skipping(t, t.path("t"), all));
  expect_paths("walk that skips 0.1.2 only",
               below(t, {"t/0.1.2-rc", "t/0.1.2-rc/l", "t/0.1.2", "t/0.1.20", "t/0.1.20/l"}),
               walk_skipping(t, t.path("t"), below(t, {"t/0.1.2"})));
}

void skip_on_file(Context& t) {
  t.put_all({"d/1", "d/2", "d/3/x"});
  expect_paths("walk whose visitor returns skip_directory for a file",
               below(t, {"d/1", "d/2", "d/3", "d/3/x"}),
               walk_skipping(t, t.path("d"), below(t, {"d/1", "d/2"})));
}

void stop(Context& t) {
  put_tree(t);
  Paths seen;
  t.store().walk(t.directory(), [&](const Entry& entry) {
    seen.emplace_back(entry.path);
    return entry.path == t.path("folder1/file1") ? Visit::stop : Visit::carry_on;
  });
  expect_paths(
      "walk that stops at folder1/file1",
      below(t, {"file1", "folder1-suffix", "folder1-suffix/file1", "folder1", "folder1/file1"}),
      seen);
}

struct Thrown {};

void visitor_throws(Context& t) {
  put_tree(t);
  int calls = 0;
  try {
    t.store().walk(t.directory(), [&](const Entry&) -> Visit {
      ++calls;
      throw Thrown();
    });
  } catch (const Thrown&) {
    expect_number("entries before the visitor threw", 1, static_cast<std::uint64_t>(calls));
    return;
  }
  fail("walk: the visitor threw an exception, but walk returned without it");
}

void missing(Context& t) {
  t.put_all({"there", "dir/file"});
  for (const char* name : {"missing", "dir/missing", "di"}) {
    const std::string path = t.path(name);
    t.expect_missing("walk(" + path + ")", path, [&] { (void)walked(t.store(), path); });
  }
}

void start_after_file(Context& t) {
  put_tree(t);
  expect_walk(
      t, t.directory(), "folder1-suffix/file1",
      {"folder1", "folder1/file1", "folder2", "folder2/file1", "folder3", "folder3/subfolder1",
       "folder3/subfolder1/subfolder1", "folder3/subfolder1/subfolder1/file1", "folder3/subfolder2",
       "folder3/subfolder2/subfolder1", "folder3/subfolder2/subfolder1/file1", "folder4",
       "folder4/file1"});
  expect_walk(t, t.directory(), "folder3/subfolder1/subfolder1/file1",
              {"folder3/subfolder2", "folder3/subfolder2/subfolder1",
               "folder3/subfolder2/subfolder1/file1", "folder4", "folder4/file1"});
  expect_walk(t, t.path("folder3"), "folder3/subfolder1/subfolder1/file1",
              {"folder3/subfolder2", "folder3/subfolder2/subfolder1",
               "folder3/subfolder2/subfolder1/file1"});
  expect_walk(t, t.directory(), "folder4/file1", {});
}

void start_after_outside(Context& t) {
  put_tree(t);
  const auto all = {std::string_view("folder2/file1")};
  expect_walk(t, t.path("folder2"), "file1", all);
  expect_walk(t, t.path("folder2"), "folder1/file1", all);
  expect_walk(t, t.path("folder2"), "folder3/subfolder1", {});
  expect_walk(t, t.path("folder2"), "zzz", {});
}

void start_after_missing(Context& t) {
  put_tree(t);
  expect_walk(t, t.path("folder3"), "folder3/a-missing/folder/file",
              {"folder3/subfolder1", "folder3/subfolder1/subfolder1",
               "folder3/subfolder1/subfolder1/file1", "folder3/subfolder2",
               "folder3/subfolder2/subfolder1", "folder3/subfolder2/subfolder1/file1"});
  expect_walk(t, t.path("folder3"), "folder3/subfolder1/zzz/file",
              {"folder3/subfolder2", "folder3/subfolder2/subfolder1",
               "folder3/subfolder2/subfolder1/file1"});
}

// A walk that starts after any entry reports all later ones; after a directory, first its content.
void resume_anywhere(Context& t) {
  put_tree(t);
  t.put_all({"folder3/subfolder1-x", "folder3/subfolder1.y/z"});
  const Paths all = walked(t.store(), t.directory());
  for (auto last = all.begin(); last != all.end(); ++last)
    expect_paths("walk after " + *last, Paths(last + 1, all.end()),
                 walked(t.store(), t.directory(), {*last}));
}

void removed_during_walk(Context& t) {
  t.put_all({"d/1", "d/2", "d/3/x", "d/4"});
  Paths seen;
  t.store().walk(t.path("d"), [&](const Entry& entry) {
    seen.emplace_back(entry.path);
    if (entry.path == t.path("d/1")) {
      t.store().remove(t.path("d/2"));
      t.store().remove(t.path("d/3"));
    }
    return Visit::carry_on;
  });
  // Removed entries that were fetched earlier may be reported; the others must be.
  std::erase(seen, t.path("d/2"));
  std::erase(seen, t.path("d/3"));
  std::erase(seen, t.path("d/3/x"));
  expect_paths("walk while entries are removed", below(t, {"d/1", "d/4"}), seen);
}

void visitor_calls_store(Context& t) {
  t.put_all({"d/1", "d/2/x"});
  std::string contents;
  t.store().walk(t.path("d"), [&](const Entry& entry) {
    if (!entry.is_directory) contents += t.store().get_content(entry.path) + ";";
    return Visit::carry_on;
  });
  expect_bytes("contents read by a visitor", "d/1;d/2/x;", contents);
}

void from_root(Context& t) {
  t.put_all({"d/1", "e/2"});
  Paths seen;
  t.store().walk("/", [&](const Entry& entry) {
    if (entry.path.substr(0, t.directory().size() + 1) == t.directory() + "/")
      seen.emplace_back(entry.path);
    return Visit::carry_on;
  });
  expect_paths("walk(\"/\"), the entries of this test", below(t, {"d", "d/1", "e", "e/2"}), seen);
}

constexpr Test tests[] = {
    {"walk/tree", "walk", "Walk reports everything below the start, but not the start.",
     whole_tree},
    {"walk/order", "walk",
     "The order is bytewise, where a directory sorts as its name followed by \"/\".",
     order_of_root},
    {"walk/order-below", "walk", "The order is the same below a directory.", order_below},
    {"walk/details", "walk", "Files carry size and modification time.", details},
    {"walk/skip-directory", "walk", "A skipped directory is reported but not entered.",
     skip_directory},
    {"walk/skip-sibling-prefixes", "walk", "Skipping 0.1.2 does not skip 0.1.20.",
     skip_sibling_prefixes},
    {"walk/skip-on-file", "walk", "SKIP_DIRECTORY has no effect on a file.", skip_on_file},
    {"walk/stop", "walk", "A visitor can stop the walk.", stop},
    {"walk/visitor-throws", "walk", "An exception of the visitor reaches the caller.",
     visitor_throws},
    {"walk/missing", "walk", "Walk of a missing path is PATH_NOT_FOUND.", missing},
    {"walk/start-after", "walk", "A walk can start after a file.", start_after_file},
    {"walk/start-after-outside", "walk",
     "start_after may sort before or after everything below the path.", start_after_outside},
    {"walk/start-after-missing", "walk", "start_after need not exist.", start_after_missing},
    {"walk/resume-anywhere", "walk", "A walk that is stopped and resumed reports every entry once.",
     resume_anywhere},
    {"walk/removed-during-walk", "walk", "An entry that disappears during the walk is no error.",
     removed_during_walk},
    {"walk/visitor-calls-store", "walk", "The visitor may call the store.", visitor_calls_store},
    {"walk/from-root", "walk", "A walk from \"/\" covers the whole store.", from_root},
};

}  // namespace

std::span<const Test> walk_tests() {
  return tests;
}

}  // namespace berth::conformance
