// SPDX-License-Identifier: Apache-2.0
//
// Remove deletes the object and everything below it, never a sibling.
#include "tests.hpp"

namespace berth::conformance {
namespace {

void expect_remove_missing(Context& t, const std::string& path) {
  t.expect_missing("remove(" + path + ")", path, [&] { t.store().remove(path); });
}

void object(Context& t) {
  const std::string path = t.put("dir/object");
  t.put("dir/other");
  t.store().remove(path);
  t.expect_gone(path);
  expect_paths("list after a remove", {t.path("dir/other")}, t.store().list(t.path("dir")));
  expect_remove_missing(t, path);
}

void missing(Context& t) {
  t.put_all({"there", "dir/file"});
  for (const char* name : {"missing", "missing/deeper", "dir/missing", "ther", "di"})
    expect_remove_missing(t, t.path(name));
  t.expect_kept({"there", "dir/file"});
}

void directory(Context& t) {
  t.put_all({"dir/1", "dir/2", "dir/sub/3", "dir/sub/deeper/4", "other"});
  t.store().remove(t.path("dir/1"));
  t.expect_kept({"dir/2", "dir/sub/3", "dir/sub/deeper/4"});
  t.store().remove(t.path("dir"));
  for (const char* name : {"dir", "dir/2", "dir/sub", "dir/sub/3", "dir/sub/deeper/4"})
    t.expect_gone(t.path(name));
  t.expect_missing("list of a removed directory", t.path("dir"),
                   [&] { (void)t.store().list(t.path("dir")); });
  t.expect_kept({"other"});
}

void siblings(Context& t) {
  t.put_all({"d/a/f", "d/a-x/f", "d/a.y/f", "d/ab/f", "d/a z", "d/a!"});
  t.store().remove(t.path("d/a"));
  t.expect_gone(t.path("d/a/f"));
  t.expect_kept({"d/a-x/f", "d/a.y/f", "d/ab/f", "d/a z", "d/a!"});
}

void siblings_of_file(Context& t) {
  t.put_all({"d/file", "d/filesuffix", "d/file-1", "d/file.txt", "d/dir/file", "d/dirsuffix/file"});
  t.store().remove(t.path("d/file"));
  t.store().remove(t.path("d/dir"));
  t.expect_gone(t.path("d/file"));
  t.expect_gone(t.path("d/dir/file"));
  t.expect_kept({"d/filesuffix", "d/file-1", "d/file.txt", "d/dirsuffix/file"});
}

void only_siblings(Context& t) {
  t.put_all({"d/ab/f", "d/a-b", "d/a.b/f"});
  expect_remove_missing(t, t.path("d/a"));
  t.expect_gone(t.path("d/a"));
  t.expect_kept({"d/ab/f", "d/a-b", "d/a.b/f"});
}

void leaves_no_directory(Context& t) {
  if (t.caps().empty_directories) skip("the store declares BERTH_CAP_EMPTY_DIRECTORIES");
  t.put_all({"dir/sub/deeper/only", "other"});
  t.store().remove(t.path("dir/sub/deeper/only"));
  for (const char* name : {"dir", "dir/sub", "dir/sub/deeper"}) t.expect_gone(t.path(name));
  expect_paths("list after the last file was removed", {t.path("other")},
               t.store().list(t.directory()));
  expect_remove_missing(t, t.path("dir"));
}

void top_level(Context& t) {
  const std::string path = t.top("a");
  const std::string sibling = t.top("a-b");
  t.store().put_content(path + "/x", "below");
  t.store().put_content(sibling, "sibling");
  t.store().remove(path);
  t.expect_gone(path + "/x");
  t.expect_content(sibling, "sibling");
}

void put_again(Context& t) {
  for (int i = 0; i < 3; ++i) {
    const std::string path = t.put("dir/object", std::to_string(i));
    t.expect_content(path, std::to_string(i));
    t.store().remove(i == 1 ? t.path("dir") : path);
    t.expect_gone(path);
  }
}

void below_a_file(Context& t) {
  t.put("file");
  expect_remove_missing(t, t.path("file/below"));
  t.expect_kept({"file"});
}

// Once its objects are removed, a directory is gone, even with unfinished uploads below it.
void unfinished_upload(Context& t) {
  t.put("dir/other");
  write_unfinished(t.store(), t.path("dir/upload"), "unfinished");
  t.store().remove(t.path("dir"));
  t.expect_gone(t.path("dir/upload"));
  t.expect_gone(t.path("dir"));
}

constexpr Test tests[] = {
    {"remove/object", "remove", "Remove deletes the object and not its neighbours.", object},
    {"remove/missing", "remove", "Remove of a missing path is PATH_NOT_FOUND.", missing},
    {"remove/directory", "remove", "Remove deletes a directory with everything below it.",
     directory},
    {"remove/siblings", "remove", "Remove of a directory leaves names that begin alike.", siblings},
    {"remove/siblings-of-file", "remove", "Remove of a file leaves names that begin alike.",
     siblings_of_file},
    {"remove/only-siblings", "remove",
     "A path does not exist just because longer names begin with it.", only_siblings},
    {"remove/no-directory", "remove",
     "Removing the last file removes the empty parent directories.", leaves_no_directory},
    {"remove/top-level", "remove", "Remove of a directory in \"/\" leaves names that begin alike.",
     top_level},
    {"remove/put-again", "remove", "A removed object can be stored again.", put_again},
    {"remove/below-a-file", "remove", "Remove of a path below a file is PATH_NOT_FOUND.",
     below_a_file},
    {"remove/unfinished-upload", "remove", "An unfinished upload does not keep a directory alive.",
     unfinished_upload},
};

}  // namespace

std::span<const Test> remove_tests() {
  return tests;
}

}  // namespace berth::conformance
