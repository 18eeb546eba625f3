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

// A file and a directory of one name: an error, or both are there in full.
void expect_both(Context& t) {
  const std::string foo = t.path("d/foo");
  t.expect_content(foo, "file");
  t.expect_content(foo + "/bar", "below");
  expect(!t.store().stat(foo).is_directory, "stat of a file that is a directory too: a file");
  expect_paths("list of a directory that is a file too", {foo + "/bar"}, t.store().list(foo));
  const Paths all = walked(t.store(), t.path("d"));
  for (const std::string& path : {foo, foo + "/bar"})
    expect(std::find(all.begin(), all.end(), path) != all.end(),
           "walk: expected " + path + " in " + shown(all));
  expect_paths("list of the parent", {foo}, t.store().list(t.path("d")));
  t.store().move(foo, t.path("moved"));
  t.expect_content(foo + "/bar", "below");
  t.store().move(t.path("moved"), foo);
  t.store().remove(foo);
  t.expect_gone(foo);
  t.expect_gone(foo + "/bar");
}

bool put_or_refused(Context& t, const std::string& path, std::string_view bytes) {
  try {
    t.store().put_content(path, bytes);
    return true;
  } catch (const Error&) {
    return false;
  }
}

void file_then_directory(Context& t) {
  const std::string foo = t.put("d/foo", "file");
  if (put_or_refused(t, foo + "/bar", "below")) return expect_both(t);
  t.expect_content(foo, "file");
  expect_paths("list after the refusal", {foo}, t.store().list(t.path("d")));
}

void directory_then_file(Context& t) {
  const std::string foo = t.path("d/foo");
  t.put("d/foo/bar", "below");
  if (put_or_refused(t, foo, "file")) return expect_both(t);
  t.expect_content(foo + "/bar", "below");
  expect_paths("list after the refusal", {foo + "/bar"}, t.store().list(foo));
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
    {"names/file-then-directory", "A file of a directory's name: both or an error.",
     file_then_directory},
    {"names/directory-then-file", "A directory of a file's name: both or an error.",
     directory_then_file},
};

}  // namespace

std::span<const Test> name_tests() {
  return tests;
}

}  // namespace berth::conformance
