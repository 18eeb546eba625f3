// SPDX-License-Identifier: Apache-2.0
//
// Names: what real file trees hold goes through unchanged, and what is not a path is refused before
// the driver sees it.
#include <algorithm>

#include "tests.hpp"

namespace berth::conformance {
namespace {

// One by one, as each has broken some store: by escaping twice, by globbing, by normalising.
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
                              "e\xcc\x81",  // the same by a combining accent: another name
                              "\xe4\xb8\xad\xe6\x96\x87 +%.txt",  // CJK
                              "\xf0\x9f\x9a\xa2",                 // a ship, outside the basic plane
                              "\xd0\xbf\xd0\xbb\xd0\xb0\xd0\xb3",  // Cyrillic
                              "\xe2\x80\x8b",                      // a space of no width
                              "\xef\xbf\xbd",
                              "\xc2\xa0",
                              "a.tmp",
                              "name.upload",
                              ".berth"};
  return names;
}

// Everything an object of this name is put through, in a directory of its own.
void expect_usable(Context& t, const std::string& name) {
  const std::string path = t.put("n/" + name, name);
  t.expect_content(path, name);
  expect(!t.store().stat(path).is_directory, "stat(" + path + "): expected a file");
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

// Some services take a backslash for a slash. A driver of theirs says no, but only by InvalidPath.
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
  expect_same_paths("list of all odd names", expected, t.store().list(t.path("all")));
  for (const std::string& name : names) t.expect_content(t.path("all/" + name), name);
  std::sort(expected.begin(), expected.end());
  expect_paths("walk over all odd names", expected, walked(t.store(), t.path("all")));
}

void odd_directories(Context& t) {
  for (const std::string& name : usable_names(t)) {
    const std::string path = t.put(name + "/file", name);
    t.expect_content(path, name);
    expect_paths("list(" + t.path(name) + ")", {path}, t.store().list(t.path(name)));
    expect(t.store().stat(t.path(name)).is_directory, "stat(" + t.path(name) + "): a directory");
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

// Beyond 255 bytes a file system may say no, but only by InvalidPath.
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

// Below the directory, of exactly `size` bytes in all, in components of at most 100.
std::string path_of_size(Context& t, std::size_t size) {
  std::string path = t.directory();
  while (path.size() + 102 < size) path += "/" + std::string(99, 'd');
  return path + "/" + std::string(size - path.size() - 1, 'f');
}

void longest_path(Context& t) {
  const std::size_t limit = t.caps().max_path_bytes == 0 ? 1024 : t.caps().max_path_bytes;
  expect(limit > t.directory().size() + 10, "the store takes paths of " + std::to_string(limit) +
                                                " bytes at most, too few for this test");
  const std::string path = path_of_size(t, limit);
  t.store().put_content(path, "longest");
  t.expect_content(path, "longest");
  write_object(t.store(), path, "by a writer");
  t.expect_content(path, "by a writer");
  const Paths all = walked(t.store(), t.directory());
  expect(!all.empty() && all.back() == path, "walk: expected the longest path as the last entry");
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
          "/\xc0\xaf",          // an overlong slash
          "/\xe0\x80\xaf",      // another
          "/\xed\xa0\x80",      // half of a surrogate pair
          "/\xf4\x90\x80\x80",  // behind the last code point
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

void root_is_no_object(Context& t) {
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

// A file and a directory of one name: an error, or both are there in full.
void expect_both(Context& t) {
  const std::string foo = t.path("d/foo");
  t.expect_content(foo, "file");
  t.expect_content(foo + "/bar", "below");
  expect(!t.store().stat(foo).is_directory, "stat of a file that is a directory too: a file");
  expect_paths("list of a directory that is a file too", {foo + "/bar"}, t.store().list(foo));
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

// A way to make an object.
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

// After a refusal everything is as it was, also the source of a move.
void expect_refused(Context& t, Make make, const Paths& expected, std::string_view content,
                    std::string_view refused) {
  t.expect_content(expected.back(), content);
  expect_paths("walk after the refusal", expected, walked(t.store(), t.path("d")));
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

// ---- Names that other programs stored, and that are no paths

// Below the directory of the test.
const Paths& planted_names() {
  static const Paths names = {"d/new\nline", "d/not-utf8-\xff\xfe", "d/control-\x01",
                              "d/folder-\n/file"};
  return names;
}

void plant(Context& t) {
  if (!t.options().plant)
    skip("the suite cannot store objects without the driver: Options::plant is empty");
  t.put("d/fine", "fine");
  for (const std::string& name : planted_names()) t.options().plant(t.path(name));
}

// Of "d/folder-\n/file", list reports the folder and walk either of the two.
void expect_reported(Context& t, const std::string& call, const Paths& seen) {
  for (const std::string& name : planted_names()) {
    const std::string path = t.path(name);
    const std::string folder = path.substr(0, path.rfind('/'));
    const bool found = std::any_of(seen.begin(), seen.end(), [&](const std::string& other) {
      return other == path || (other == folder && name.ends_with("/file"));
    });
    expect(found, call + ": expected " + shown(path) + " as a name that no path can express, saw " +
                      shown(seen));
  }
}

void unnameable_in_list(Context& t) {
  plant(t);
  Paths paths, unnameable;
  ListOptions options;
  options.unnameable = [&](std::string_view name) { unnameable.emplace_back(name); };
  const auto keep = [&](const Entry& entry) {
    paths.emplace_back(entry.path);
    return Visit::carry_on;
  };
  t.store().list(t.path("d"), keep, options);
  expect_paths("list of a directory with names that are no paths", {t.path("d/fine")}, paths);
  expect_reported(t, "list", unnameable);
}

void unnameable_in_walk(Context& t) {
  plant(t);
  Paths unnameable;
  WalkOptions options;
  options.unnameable = [&](std::string_view name) { unnameable.emplace_back(name); };
  expect_paths("walk of a directory with names that are no paths", {t.path("d/fine")},
               walked(t.store(), t.path("d"), options));
  expect_reported(t, "walk", unnameable);
}

constexpr Test tests[] = {
    {"names/odd", "Spaces, escapes, quotes, scripts: one by one.", odd_one_by_one},
    {"names/odd-together", "The same names side by side.", odd_together},
    {"names/odd-directories", "The same names as directories.", odd_directories},
    {"names/look-alikes", "Names that a decoder would mix up stay apart.", look_alikes},
    {"names/longest-component", "A component of 255 bytes.", longest_component},
    {"names/longer-component", "A component of 300 bytes works or is InvalidPath.",
     longer_component},
    {"names/longest-path", "The longest path the store declares, and one byte more.", longest_path},
    {"names/invalid", "What is not a path is InvalidPath for every call.", invalid},
    {"names/root-is-no-object", "\"/\" is a directory only.", root_is_no_object},
    {"names/file-then-directory", "An object below a file by put: both or an error.",
     file_then_directory<by_put>},
    {"names/directory-then-file", "An object of a directory's name by put: both or an error.",
     directory_then_file<by_put>},
    {"names/file-then-directory-commit", "An object below a file by commit: both or an error.",
     file_then_directory<by_commit>},
    {"names/directory-then-file-commit",
     "An object of a directory's name by commit: both or an error.",
     directory_then_file<by_commit>},
    {"names/file-then-directory-move", "An object below a file by move: both or an error.",
     file_then_directory<by_move>},
    {"names/directory-then-file-move", "An object of a directory's name by move: both or an error.",
     directory_then_file<by_move>},
    {"names/file-then-directory-copy", "An object below a file by copy: both or an error.",
     file_then_directory<by_copy>},
    {"names/directory-then-file-copy", "An object of a directory's name by copy: both or an error.",
     directory_then_file<by_copy>},
    {"names/unnameable-in-list", "List reports stored names that are no paths.",
     unnameable_in_list},
    {"names/unnameable-in-walk", "Walk reports stored names that are no paths.",
     unnameable_in_walk},
};

}  // namespace

std::span<const Test> name_tests() {
  return tests;
}

}  // namespace berth::conformance
