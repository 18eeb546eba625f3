// SPDX-License-Identifier: Apache-2.0
//
// Move and copy of one object: overwriting, missing sources, and that a failed move loses nothing.
#include "tests.hpp"

namespace berth::conformance {
namespace {

using Transfer = void (*)(Store& store, const std::string& source, const std::string& destination);

void move(Store& store, const std::string& source, const std::string& destination) {
  store.move(source, destination);
}

void copy(Store& store, const std::string& source, const std::string& destination) {
  store.copy(source, destination);
}

void overwrites(Context& t, Transfer transfer) {
  const std::string content = t.random().bytes(32);
  const std::string source = t.put("source", content);
  const std::string destination = t.put("destination", t.random().bytes(64));
  transfer(t.store(), source, destination);
  t.expect_content(destination, content);
  expect_number("size of the destination", 32, t.store().stat(destination).size);
}

void makes_parents(Context& t, Transfer transfer) {
  const std::string source = t.put("source", "content");
  transfer(t.store(), source, t.path("new/deep/destination"));
  t.expect_content(t.path("new/deep/destination"), "content");
}

void missing_source(Context& t, Transfer transfer) {
  const std::string destination = t.put("destination", "untouched");
  const std::string source = t.path("missing");
  t.expect_missing("move or copy of a missing source", source,
                   [&] { transfer(t.store(), source, destination); });
  t.expect_content(destination, "untouched");
  t.expect_missing("move or copy of a missing source to a new path", source,
                   [&] { transfer(t.store(), source, t.path("new")); });
  t.expect_gone(t.path("new"));
}

void below_a_file(Context& t, Transfer transfer) {
  t.put("notadir");
  expect_error<Error>("move or copy from and to a path below a file",
                      [&] { transfer(t.store(), t.path("notadir/foo"), t.path("notadir/bar")); });
  t.expect_content(t.path("notadir"), "notadir");
}

void to_itself(Context& t, Transfer transfer) {
  const std::string path = t.put("object", "still here");
  try {
    transfer(t.store(), path, path);
  } catch (const Error&) {
    // An error is allowed, but the object must stay.
  }
  t.expect_content(path, "still here");
}

void contents(Context& t, Transfer transfer) {
  const std::size_t large = (t.quick() ? 3 : 70) * mib + 11;
  for (const std::size_t size : {std::size_t(0), std::size_t(1), mib, large}) {
    const std::string content = t.random().bytes(size);
    const std::string source = t.path("source");
    write_object(t.store(), source, content, mib);
    transfer(t.store(), source, t.path("destination"));
    t.expect_content(t.path("destination"), content);
  }
}

void siblings(Context& t, Transfer transfer) {
  t.put_all({"a", "ab", "a-b", "a.b", "a c/d"});
  transfer(t.store(), t.path("a"), t.path("z"));
  t.expect_content(t.path("z"), "a");
  t.expect_kept({"ab", "a-b", "a.b", "a c/d"});
}

void copy_is_independent(Context& t) {
  const std::string source = t.put("source", "first");
  const std::string destination = t.path("destination");
  t.store().copy(source, destination);
  t.expect_content(source, "first");
  t.store().put_content(source, "second");
  t.expect_content(destination, "first");
  t.store().remove(source);
  t.expect_content(destination, "first");
}

void moved_away(Context& t) {
  const std::string source = t.put("dir/source", "content");
  t.store().move(source, t.path("destination"));
  t.expect_gone(source);
  t.expect_content(t.path("destination"), "content");
}

void moved_back_and_forth(Context& t) {
  t.put("a", "content");
  for (int i = 0; i < 4; ++i) {
    t.store().move(t.path("a"), t.path("b"));
    t.store().move(t.path("b"), t.path("a"));
  }
  t.expect_content(t.path("a"), "content");
  t.expect_gone(t.path("b"));
}

void move_leaves_no_directory(Context& t) {
  if (t.caps().empty_directories) skip("the store declares BERTH_CAP_EMPTY_DIRECTORIES");
  t.put("dir/sub/only");
  t.store().move(t.path("dir/sub/only"), t.path("elsewhere"));
  expect_paths("list after the last file of a directory was moved away", {t.path("elsewhere")},
               t.store().list(t.directory()));
}

// PATH_NOT_FOUND, unless the driver renames whole directories.
void move_directory(Context& t) {
  t.put_all({"dir/1", "dir/sub/2"});
  try {
    t.store().move(t.path("dir"), t.path("new"));
  } catch (const PathNotFoundError& error) {
    t.expect_fields("move of a directory", t.path("dir"), error.detail());
    t.expect_kept({"dir/1", "dir/sub/2"});
    t.expect_gone(t.path("new"));
    return;
  }
  expect_paths("walk of a directory that was moved as a whole",
               {t.path("new/1"), t.path("new/sub"), t.path("new/sub/2")},
               walked(t.store(), t.path("new")));
  t.expect_content(t.path("new/sub/2"), "dir/sub/2");
  t.expect_gone(t.path("dir"));
}

void copy_directory(Context& t) {
  t.put_all({"dir/1", "dir/sub/2"});
  const std::string path = t.path("dir");
  t.expect_missing("copy of a directory", path, [&] { t.store().copy(path, t.path("new")); });
  t.expect_kept({"dir/1", "dir/sub/2"});
}

template <void (*check)(Context&, Transfer), Transfer transfer>
void with(Context& t) {
  check(t, transfer);
}

constexpr Test tests[] = {
    {"move/away", "move", "The destination has the content, and the source is gone.", moved_away},
    {"move/overwrite", "move", "Move replaces the destination.", with<overwrites, move>},
    {"move/makes-parents", "move", "Move creates missing parent directories.",
     with<makes_parents, move>},
    {"move/missing", "move",
     "A missing source is PATH_NOT_FOUND, and the destination is untouched.",
     with<missing_source, move>},
    {"move/below-a-file", "move", "Nothing can be moved from or to a path below a file.",
     with<below_a_file, move>},
    {"move/to-itself", "move", "An object moved to itself is not lost.", with<to_itself, move>},
    {"move/contents", "move", "Empty, small and large objects are moved unchanged.",
     with<contents, move>},
    {"move/siblings", "move", "Names that begin alike are not moved.", with<siblings, move>},
    {"move/back-and-forth", "move", "An object can be moved away and back repeatedly.",
     moved_back_and_forth},
    {"move/no-directory", "move", "Move leaves no empty directory.", move_leaves_no_directory},
    {"move/directory", "move", "A directory is moved as a whole, or is PATH_NOT_FOUND.",
     move_directory},
    {"copy/independent", "copy", "Source and copy are independent of each other.",
     copy_is_independent},
    {"copy/overwrite", "copy", "Copy replaces the destination.", with<overwrites, copy>},
    {"copy/makes-parents", "copy", "Copy creates missing parent directories.",
     with<makes_parents, copy>},
    {"copy/missing", "copy",
     "A missing source is PATH_NOT_FOUND, and the destination is untouched.",
     with<missing_source, copy>},
    {"copy/below-a-file", "copy", "Nothing can be copied from or to a path below a file.",
     with<below_a_file, copy>},
    {"copy/to-itself", "copy", "An object copied to itself is not lost.", with<to_itself, copy>},
    {"copy/contents", "copy", "Empty, small and large objects are copied unchanged.",
     with<contents, copy>},
    {"copy/siblings", "copy", "Names that begin alike are not copied.", with<siblings, copy>},
    {"copy/directory", "copy", "Copy of a directory is PATH_NOT_FOUND.", copy_directory},
};

}  // namespace

std::span<const Test> move_copy_tests() {
  return tests;
}

}  // namespace berth::conformance
