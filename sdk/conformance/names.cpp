// SPDX-License-Identifier: Apache-2.0
//
// Names of real file trees are stored unchanged, and the host refuses a path that breaks the
// grammar before the driver sees it.
#include <algorithm>

#include "tests.hpp"

namespace berth::conformance {
namespace {

// Each of them has broken a store: by escaping twice, by globbing, or by Unicode normalisation.
const Paths& odd_names() {
  static const Paths names = {"a b",
                              " leading",
                              "trailing ",
                              "a+b",
                              "c++.txt",
                              "50%.jpg",
                              "%",
                              "%2F",
                              "%252F",
                              "x%2By",
                              "x+y",
                              "q?x=1",
                              "#hash",
                              "a&b",
                              "<tag>",
                              "'single'",
                              "\"double\"",
                              "a=b",
                              "a;b",
                              "a,b",
                              "a:b",
                              "a*b",
                              "a|b",
                              "back\\slash",
                              "[x]{y}",
                              "(1)",
                              "$HOME",
                              "~",
                              "!",
                              "@",
                              "^",
                              "`",
                              "...",
                              "..a",
                              "a..",
                              ".hidden",
                              "-rf",
                              "CON",
                              "nul.txt",
                              "\xc3\xa9",   // e acute, one code point
                              "e\xcc\x81",  // e and a combining accent: a different name
                              "\xe4\xb8\xad\xe6\x96\x87 +%.txt",  // CJK
                              "\xf0\x9f\x9a\xa2",  // outside the Basic Multilingual Plane
                              "\xd0\xbf\xd0\xbb\xd0\xb0\xd0\xb3",  // Cyrillic
                              "\xe2\x80\x8b",                      // zero-width space
                              "\xef\xbf\xbd",
                              "\xc2\xa0",
                              "a.tmp",
                              "name.upload",
                              ".berth"};
  return names;
}

// Runs every operation on an object of this name, in a directory of its own.
void expect_usable(Context& t, const std::string& name) {
  const std::string path = t.put("n/" + name, name);
  t.expect_content(path, name);
  expect(!t.store().stat(path).is_directory,
         "stat(" + path + "): expected a file, got a directory");
  expect_paths("list of the directory of " + path, {path}, t.store().list(t.path("n")));
  expect_paths("walk of the directory of " + path, {path}, walked(t.store(), t.path("n")));
  t.store().copy(path, t.path("c/" + name));
  t.store().move(path, t.path("m/" + name));
  write_object(t.store(), t.path("m/" + name), "+", kib, {.append = true});
  t.expect_content(t.path("c/" + name), name);
  t.expect_content(t.path("m/" + name), name + "+");
  expect_paths("list after the move to " + t.path("m/" + name), {t.path("m/" + name)},
               t.store().list(t.path("m")));
  t.store().remove(t.path("m/" + name));
  t.store().remove(t.path("c"));
  t.expect_gone(t.path("m/" + name));
}

// Some services treat a backslash as a slash; their drivers refuse it with INVALID_PATH.
bool is_refused(Context& t, const std::string& name) {
  if (name.find('\\') == std::string::npos) return false;
  const std::string path = t.path("refused/" + name);
  try {
    t.store().put_content(path, name);
  } catch (const InvalidPathError& error) {
    t.expect_fields("put_content of a name with a backslash", path, error.detail());
    return true;
  }
  t.store().remove(path);
  return false;
}

Paths usable_names(Context& t) {
  Paths names = odd_names();
  std::erase_if(names, [&](const std::string& name) { return is_refused(t, name); });
  return names;
}

void odd_one_by_one(Context& t) {
  for (const std::string& name : usable_names(t)) expect_usable(t, name);
}

void odd_together(Context& t) {
  const Paths names = usable_names(t);
  Paths expected;
  for (const std::string& name : names) expected.push_back(t.put("all/" + name, name));
  expect_same_paths("list of the directory of all odd names", expected,
                    t.store().list(t.path("all")));
  for (const std::string& name : names) t.expect_content(t.path("all/" + name), name);
  std::sort(expected.begin(), expected.end());
  expect_paths("walk over all odd names", expected, walked(t.store(), t.path("all")));
}

void odd_directories(Context& t) {
  for (const std::string& name : usable_names(t)) {
    const std::string path = t.put(name + "/file", name);
    t.expect_content(path, name);
    expect_paths("list(" + t.path(name) + ")", {path}, t.store().list(t.path(name)));
    expect(t.store().stat(t.path(name)).is_directory,
           "stat(" + t.path(name) + "): expected a directory, got a file");
    expect_paths("walk(" + t.path(name) + ")", {path}, walked(t.store(), t.path(name)));
    t.store().remove(t.path(name));
    t.expect_gone(path);
  }
}

void look_alikes(Context& t) {
  t.put_all({"x%2By", "x+y", "x y", "x%20y", "\xc3\xa9", "e\xcc\x81", "a", "A", "a.", "a "});
  t.expect_kept({"x%2By", "x+y", "x y", "x%20y", "\xc3\xa9", "e\xcc\x81", "a", "A", "a.", "a "});
  t.store().remove(t.path("x+y"));
  t.store().remove(t.path("A"));
  t.store().remove(t.path("\xc3\xa9"));
  t.expect_kept({"x%2By", "x y", "x%20y", "e\xcc\x81", "a", "a.", "a "});
}

void longest_component(Context& t) {
  expect_usable(t, std::string(255, 'n'));
  expect_usable(t, std::string(251, 'n') + ".txt");
}

// A file system may refuse more than 255 bytes, with INVALID_PATH.
void longer_component(Context& t) {
  const std::string path = t.path(std::string(300, 'n'));
  try {
    t.store().put_content(path, "content");
  } catch (const InvalidPathError& error) {
    t.expect_fields("put_content of a component of 300 bytes", path, error.detail());
    return;
  }
  t.expect_content(path, "content");
}

// A path below the directory of exactly `size` bytes, in components of at most 100 bytes.
std::string path_of_size(Context& t, std::size_t size) {
  std::string path = t.directory();
  while (path.size() + 102 < size) path += "/" + std::string(99, 'd');
  return path + "/" + std::string(size - path.size() - 1, 'f');
}

void longest_path(Context& t) {
  const std::size_t limit = t.caps().max_path_bytes == 0 ? 1024 : t.caps().max_path_bytes;
  expect(limit > t.directory().size() + 10,
         "max_path_bytes is " + std::to_string(limit) + ", which is too short for this test");
  const std::string path = path_of_size(t, limit);
  t.store().put_content(path, "longest");
  t.expect_content(path, "longest");
  write_object(t.store(), path, "by a writer");
  t.expect_content(path, "by a writer");
  const Paths all = walked(t.store(), t.directory());
  expect(!all.empty() && all.back() == path, "walk: expected the longest path " + shown(path) +
                                                 " as the last entry, got " + shown(all));
  const std::string longer = path_of_size(t, limit + 1);
  t.expect_fields("put_content of a path one byte too long", longer,
                  expect_error<InvalidPathError>("put_content of a path one byte too long",
                                                 [&] { t.store().put_content(longer, "x"); }));
}

Paths invalid_paths() {
  return {"",
          "abc",
          "123.abc",
          "a/b",
          "//",
          "//bcd",
          "/a//b",
          "/abc_123/",
          "/a/b/",
          "/.",
          "/..",
          "/a/.",
          "/a/..",
          "/a/./b",
          "/a/../b",
          "/../x",
          "/./x",
          "/a/b/../../../x",
          "/a\nb",
          "/a\n",
          "/\ta",
          "/a\x01",
          "/a\x1f/b",
          "/a\x7f",
          "/\xc2\x85",
          std::string("/a\0b", 4),
          "/\x80",
          "/\xc3\x28",
          "/a/\xff",
          "/\xc3",
          "/\xc0\xaf",          // overlong encoding of "/"
          "/\xe0\x80\xaf",      // the same in three bytes
          "/\xed\xa0\x80",      // a surrogate
          "/\xf4\x90\x80\x80",  // above the last code point
          "/" + std::string(1024, 'x')};
}

void expect_invalid(Context& t, const std::string& call, const std::string& path,
                    const std::function<void()>& body) {
  const std::string what = call + "(" + shown(path) + ")";
  t.expect_fields(what, path, expect_error<InvalidPathError>(what, body));
}

void expect_not_an_object(Context& t, const std::string& path) {
  Store& store = t.store();
  const std::string fine = t.path("fine");
  expect_invalid(t, "get_content", path, [&] { (void)store.get_content(path); });
  expect_invalid(t, "put_content", path, [&] { store.put_content(path, "x"); });
  expect_invalid(t, "reader", path, [&] { (void)store.reader(path); });
  expect_invalid(t, "writer", path, [&] { (void)store.writer(path); });
  expect_invalid(t, "writer with append", path,
                 [&] { (void)store.writer(path, {.append = true}); });
  expect_invalid(t, "move from", path, [&] { store.move(path, fine); });
  expect_invalid(t, "move to", path, [&] { store.move(fine, path); });
  expect_invalid(t, "copy from", path, [&] { store.copy(path, fine); });
  expect_invalid(t, "copy to", path, [&] { store.copy(fine, path); });
  expect_invalid(t, "remove", path, [&] { store.remove(path); });
}

void invalid(Context& t) {
  t.put("fine");
  for (const std::string& path : invalid_paths()) {
    expect_not_an_object(t, path);
    expect_invalid(t, "stat", path, [&] { (void)t.store().stat(path); });
    expect_invalid(t, "list", path, [&] { (void)t.store().list(path); });
    expect_invalid(t, "walk", path, [&] { (void)walked(t.store(), path); });
  }
  t.expect_kept({"fine"});
}

void root_is_not_an_object(Context& t) {
  t.put("fine");
  expect_not_an_object(t, "/");
  t.expect_kept({"fine"});
}

// Distinguishes a file from a directory of the same name.
Paths walk_keys(Context& t, const std::string& from) {
  Paths keys;
  t.store().walk(from, [&](const Entry& entry) {
    keys.push_back(walk_key(entry.path, entry.is_directory));
    return Visit::carry_on;
  });
  return keys;
}

// The driver allows a file and a directory of one name, so every call must support both.
void expect_both(Context& t) {
  const std::string foo = t.path("d/foo");
  t.expect_content(foo, "file");
  t.expect_content(foo + "/bar", "below");
  expect(!t.store().stat(foo).is_directory,
         "stat(" + foo + "), which is a file and a directory: expected the file");
  expect_paths("list(" + foo + "), which is a file and a directory", {foo + "/bar"},
               t.store().list(foo));
  expect_paths("walk keys of a name that is a file and a directory", {foo, foo + "/", foo + "/bar"},
               walk_keys(t, t.path("d")));
  expect_paths("list of the parent", {foo}, t.store().list(t.path("d")));
  t.store().move(foo, t.path("moved"));
  t.expect_content(foo + "/bar", "below");
  t.store().move(t.path("moved"), foo);
  t.store().remove(foo);
  t.expect_gone(foo);
  t.expect_gone(foo + "/bar");
}

// Stores an object by one of the four calls.
using Make = void (*)(Context& t, const std::string& path, std::string_view bytes);

void by_put(Context& t, const std::string& path, std::string_view bytes) {
  t.store().put_content(path, bytes);
}

void by_commit(Context& t, const std::string& path, std::string_view bytes) {
  write_object(t.store(), path, bytes);
}

void by_move(Context& t, const std::string& path, std::string_view bytes) {
  t.store().move(t.put("source", bytes), path);
}

void by_copy(Context& t, const std::string& path, std::string_view bytes) {
  t.store().copy(t.put("source", bytes), path);
}

bool made_or_refused(Context& t, Make make, const std::string& path, std::string_view bytes) {
  try {
    make(t, path, bytes);
    return true;
  } catch (const Error&) {
    return false;
  }
}

// A call that failed has changed nothing, including the source of a move.
void expect_refused(Context& t, Make make, const Paths& expected, std::string_view content,
                    std::string_view refused) {
  t.expect_content(expected.back(), content);
  expect_paths("walk after the call failed", expected, walked(t.store(), t.path("d")));
  if (make == by_move || make == by_copy) t.expect_content(t.path("source"), refused);
}

template <Make make>
void file_then_directory(Context& t) {
  const std::string foo = t.put("d/foo", "file");
  if (made_or_refused(t, make, foo + "/bar", "below")) return expect_both(t);
  expect_refused(t, make, {foo}, "file", "below");
}

template <Make make>
void directory_then_file(Context& t) {
  const std::string foo = t.path("d/foo");
  t.put("d/foo/bar", "below");
  if (made_or_refused(t, make, foo, "file")) return expect_both(t);
  expect_refused(t, make, {foo, foo + "/bar"}, "below", "file");
}

// ---- Names that break the path grammar

// Relative to the directory of the test.
constexpr std::string_view broken_names[] = {"d/new\nline", "d/not-utf8-\xff\xfe", "d/control-\x01",
                                             "d/folder-\n/file"};

// Stores the broken names without the driver. Returns the paths that the service can store.
Paths plant(Context& t) {
  if (!t.options().plant)
    skip(
        "the suite cannot store such names: Options::plant is empty (berth check needs --plant "
        "COMMAND)");
  t.put("d/fine", "fine");
  Paths planted;
  for (const std::string_view name : broken_names)
    if (t.options().plant(t.path(name))) planted.push_back(t.path(name));
  if (planted.empty()) skip("the service cannot store names that break the path grammar");
  return planted;
}

// For "d/folder-\n/file", list reports the folder, and walk either the folder or the file.
bool is_report_of(const std::string& name, const std::string& planted) {
  return name == planted || (planted.ends_with("/file") && planted == name + "/file");
}

void expect_reported(const std::string& call, const Paths& planted, const Paths& seen) {
  for (const std::string& path : planted)
    expect(std::any_of(seen.begin(), seen.end(),
                       [&](const std::string& name) { return is_report_of(name, path); }),
           call + ": expected the driver to report " + shown(path) +
               ", which another program stored, as it is; it reported " + shown(seen) +
               " (driver.h, list: a stored name that breaks the path grammar is reported)");
}

void unnameable_in_list(Context& t) {
  const Paths planted = plant(t);
  Paths paths, unnameable;
  ListOptions options;
  options.unnameable = [&](std::string_view name) { unnameable.emplace_back(name); };
  const auto keep = [&](const Entry& entry) {
    paths.emplace_back(entry.path);
    return Visit::carry_on;
  };
  t.store().list(t.path("d"), keep, options);
  expect_paths("list of a directory with names that break the path grammar", {t.path("d/fine")},
               paths);
  expect_reported("list", planted, unnameable);
}

void unnameable_in_walk(Context& t) {
  const Paths planted = plant(t);
  Paths unnameable;
  WalkOptions options;
  options.unnameable = [&](std::string_view name) { unnameable.emplace_back(name); };
  expect_paths("walk of a directory with names that break the path grammar", {t.path("d/fine")},
               walked(t.store(), t.path("d"), options));
  expect_reported("walk", planted, unnameable);
}

// Every object here was stored through the driver, so no name can break the grammar.
void none_invented(Context& t) {
  t.put_all({"d/file", "d/sub/file", "d/sub-2/deep/file"});
  for (const char* name : {"d", "d/sub", "d/sub-2", "d/sub-2/deep"}) {
    const std::string path = t.path(name);
    t.store().list(
        path, [](const Entry&) { return Visit::carry_on; },
        ListOptions{refuse_unnameable("list(" + path + ")")});
    (void)walked(t.store(), path);
  }
}

constexpr Test tests[] = {
    {"names/odd", "berth_ops",
     "Names with spaces, escapes, quotes and various scripts work, one by one.", odd_one_by_one},
    {"names/odd-together", "berth_ops", "All of these names work in one directory.", odd_together},
    {"names/odd-directories", "berth_ops", "All of these names work as directories.",
     odd_directories},
    {"names/look-alikes", "berth_ops",
     "Names that a decoder or a case-insensitive store mixes up stay separate.", look_alikes},
    {"names/longest-component", "berth_ops", "A component of 255 bytes works.", longest_component},
    {"names/longer-component", "berth_ops", "A component of 300 bytes works or is INVALID_PATH.",
     longer_component},
    {"names/longest-path", "berth_caps",
     "A path of max_path_bytes works, and one byte more is INVALID_PATH.", longest_path},
    {"names/invalid", "berth_ops",
     "A path that breaks the path grammar is INVALID_PATH for every call.", invalid},
    {"names/root-is-not-an-object", "berth_ops", "\"/\" is a directory, never an object.",
     root_is_not_an_object},
    {"names/file-then-directory", "put",
     "Put below a file fails, or file and directory both exist in full.",
     file_then_directory<by_put>},
    {"names/directory-then-file", "put",
     "Put over a directory fails, or file and directory both exist in full.",
     directory_then_file<by_put>},
    {"names/file-then-directory-commit", "writer_commit",
     "Commit below a file fails, or file and directory both exist in full.",
     file_then_directory<by_commit>},
    {"names/directory-then-file-commit", "writer_commit",
     "Commit over a directory fails, or file and directory both exist in full.",
     directory_then_file<by_commit>},
    {"names/file-then-directory-move", "move",
     "Move below a file fails, or file and directory both exist in full.",
     file_then_directory<by_move>},
    {"names/directory-then-file-move", "move",
     "Move over a directory fails, or file and directory both exist in full.",
     directory_then_file<by_move>},
    {"names/file-then-directory-copy", "copy",
     "Copy below a file fails, or file and directory both exist in full.",
     file_then_directory<by_copy>},
    {"names/directory-then-file-copy", "copy",
     "Copy over a directory fails, or file and directory both exist in full.",
     directory_then_file<by_copy>},
    {"names/unnameable-in-list", "list",
     "List reports stored names that break the path grammar as they are.", unnameable_in_list},
    {"names/unnameable-in-walk", "walk",
     "Walk reports stored names that break the path grammar as they are.", unnameable_in_walk},
    {"names/none-invented", "list, walk", "List and walk report only names that were stored.",
     none_invented},
};

}  // namespace

std::span<const Test> name_tests() {
  return tests;
}

}  // namespace berth::conformance
