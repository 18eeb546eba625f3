// SPDX-License-Identifier: Apache-2.0
//
// A writer that is closed without a commit leaves an unfinished upload. The rules for it:
//
// 1. A whole write (put, commit without append, move or copy to the path) voids the unfinished
// upload at
//    its path for good. A later append adds to the committed object.
// 2. remove, and moving the object away, void the unfinished upload at the path; remove also those
// below.
// 3. remove succeeds for a path with only an unfinished upload at it or below it.
// 4. A writer whose upload was voided fails at its next write, commit or close with
//    PRECONDITION_FAILED, and its data never replaces a newer object.
//
// The calls follow each other without a pause, so that modification times cannot tell them apart.
#include "tests.hpp"

namespace berth::conformance {
namespace {

constexpr std::string_view newer = "NEWER;";

WriterOptions appending() {
  return {.append = true};
}

// One of the calls that replace the object at path by `newer`.
struct WholeWrite {
  const char* name;
  void (*run)(Context& t, Store& store, const std::string& path);
};

void by_put(Context&, Store& store, const std::string& path) {
  store.put_content(path, newer);
}

void by_commit(Context&, Store& store, const std::string& path) {
  write_object(store, path, newer);
}

void by_move(Context& t, Store& store, const std::string& path) {
  store.move(t.put("source", newer), path);
}

void by_copy(Context& t, Store& store, const std::string& path) {
  store.copy(t.put("source", newer), path);
}

constexpr WholeWrite whole_writes[] = {
    {"put", by_put}, {"commit", by_commit}, {"move", by_move}, {"copy", by_copy}};

void expect_appends_to(Context& t, const std::string& path, std::string_view content) {
  Writer writer = t.store().writer(path, appending());
  expect_number("Writer::size of an append to " + path, content.size(), writer.size());
  writer.write("added;");
  writer.commit();
  writer.close();
  t.expect_content(path, std::string(content) + "added;");
}

void expect_nothing_to_append_to(Context& t, const std::string& path) {
  t.expect_missing("writer with append of " + path, path,
                   [&] { (void)t.store().writer(path, appending()); });
}

// ---- Whole writes

template <void (*write)(Context&, Store&, const std::string&)>
void voided_by(Context& t) {
  const std::string path = t.path("object");
  write_unfinished(t.store(), path, "stale;");
  write(t, t.store(), path);
  t.expect_content(path, newer);
  expect_appends_to(t, path, newer);
}

void over_an_object(Context& t) {
  for (const WholeWrite& way : whole_writes) {
    const std::string path = t.put(way.name, "older;");
    write_unfinished(t.store(), path, "stale;");
    way.run(t, t.store(), path);
    expect_appends_to(t, path, newer);
  }
}

void by_another_store(Context& t) {
  if (!t.caps().resume) skip("the store does not declare BERTH_CAP_RESUME");
  Store other = t.another();
  for (const WholeWrite& way : whole_writes) {
    const std::string path = t.path(way.name);
    write_unfinished(t.store(), path, "stale;");
    way.run(t, other, path);
    expect_appends_to(t, path, newer);
  }
}

void gone_after_remove(Context& t) {
  for (const WholeWrite& way : whole_writes) {
    const std::string path = t.path(way.name);
    write_unfinished(t.store(), path, "stale;");
    way.run(t, t.store(), path);
    t.store().remove(path);
    t.expect_gone(path);
    expect_nothing_to_append_to(t, path);
  }
}

void gone_after_move(Context& t) {
  for (const WholeWrite& way : whole_writes) {
    const std::string path = t.path(way.name);
    write_unfinished(t.store(), path, "stale;");
    way.run(t, t.store(), path);
    t.store().move(path, t.path("away"));
    expect_nothing_to_append_to(t, path);
    t.store().move(t.path("away"), path);
    expect_appends_to(t, path, newer);
  }
}

// ---- Remove and move

void removed(Context& t) {
  const std::string path = t.put("object", "content;");
  write_unfinished(t.store(), path, "stale;");
  t.store().remove(path);
  t.expect_gone(path);
  expect_nothing_to_append_to(t, path);
}

void removed_below(Context& t) {
  t.put("dir/object");
  for (const char* name : {"dir/a", "dir/sub/b", "dir-sibling"})
    write_unfinished(t.store(), t.path(name), "stale;");
  t.store().remove(t.path("dir"));
  expect_nothing_to_append_to(t, t.path("dir/a"));
  expect_nothing_to_append_to(t, t.path("dir/sub/b"));
  expect_appends_to(t, t.path("dir-sibling"), "stale;");
}

void removed_alone(Context& t) {
  const std::string path = t.path("dir/upload");
  write_unfinished(t.store(), path, "unfinished");
  t.store().remove(path);
  t.expect_gone(path);
  expect_nothing_to_append_to(t, path);
  t.expect_missing("remove after the upload was removed", path, [&] { t.store().remove(path); });
}

void removed_alone_below(Context& t) {
  const std::string path = t.path("dir/sub/upload");
  write_unfinished(t.store(), path, "unfinished");
  t.store().remove(t.path("dir"));
  t.expect_gone(t.path("dir"));
  expect_nothing_to_append_to(t, path);
}

void moved_away(Context& t) {
  const std::string path = t.put("object", "content;");
  write_unfinished(t.store(), path, "stale;");
  t.store().move(path, t.path("destination"));
  t.expect_gone(path);
  expect_nothing_to_append_to(t, path);
  expect_appends_to(t, t.path("destination"), "content;");
}

// The appended bytes may already show at the end of the object.
void appended_moved_away(Context& t) {
  const std::string path = t.put("object", "content;");
  write_unfinished(t.store(), path, "stale;", appending());
  t.store().move(path, t.path("destination"));
  expect_nothing_to_append_to(t, path);
  const std::string seen = t.store().get_content(t.path("destination"));
  expect(seen == "content;" || seen == "content;stale;",
         "get_content after the move of an object with an unfinished append: expected "
         "\"content;\" or \"content;stale;\", got " +
             shown(seen));
  expect_appends_to(t, t.path("destination"), seen);
}

// ---- Writers that are still open

// How a writer ends.
struct End {
  const char* name;
  void (*run)(Writer& writer);
};

constexpr End ends[] = {
    {"commit", [](Writer& writer) { writer.commit(); }},
    {"close", [](Writer& writer) { writer.close(); }},
};

// After a failed commit the writer is still open; its close may fail as well.
void close_after_failure(Writer& writer) {
  try {
    writer.close();
  } catch (const Error&) {
  }
}

// The next write, or the end of the writer, must fail.
void expect_voided(Writer writer, const End& end, const std::string& path) {
  const std::string what = std::string(end.name) + " of a writer of " + path +
                           " whose upload was voided, or the write before";
  expect_error<PreconditionFailedError>(what, [&] {
    writer.write("late;");
    end.run(writer);
  });
  close_after_failure(writer);
}

Writer resumed_writer(Context& t, const std::string& path) {
  write_unfinished(t.store(), path, "begun;");
  Writer writer = t.store().writer(path, appending());
  writer.write("first;");
  return writer;
}

void replaced_under_a_writer(Context& t) {
  for (const End& end : ends)
    for (const WholeWrite& way : whole_writes) {
      const std::string path = t.path(std::string(way.name) + "-" + end.name);
      Writer writer = resumed_writer(t, path);
      way.run(t, t.store(), path);
      expect_voided(std::move(writer), end, path);
      t.expect_content(path, newer);
      expect_appends_to(t, path, newer);
    }
}

void removed_under_a_writer(Context& t) {
  for (const End& end : ends) {
    const std::string path = t.path(end.name);
    Writer writer = resumed_writer(t, path);
    t.store().remove(path);
    expect_voided(std::move(writer), end, path);
    t.expect_gone(path);
    expect_nothing_to_append_to(t, path);
  }
}

// A driver may refuse the second writer with WRONG_STATE; then the first one can commit.
void taken_over(Context& t) {
  for (const End& end : ends) {
    const std::string path = t.path(end.name);
    Writer first = resumed_writer(t, path);
    try {
      write_object(t.store(), path, "second;", kib, appending());
    } catch (const WrongStateError&) {
      first.commit();
      first.close();
      t.expect_content(path, "begun;first;");
      continue;
    }
    expect_voided(std::move(first), end, path);
    t.expect_content(path, "begun;second;");
    expect_appends_to(t, path, "begun;second;");
  }
}

// A writer without append that is closed after a newer object was stored.
void closed_late(Context& t) {
  for (const WholeWrite& way : whole_writes) {
    const std::string path = t.path(way.name);
    Writer writer = t.store().writer(path);
    writer.write("stale;");
    way.run(t, t.store(), path);
    close_after_failure(writer);
    t.expect_content(path, newer);
    expect_appends_to(t, path, newer);
  }
}

constexpr Test tests[] = {
    {"uploads/put", "put", "Put voids the unfinished upload at its path.", voided_by<by_put>},
    {"uploads/commit", "writer_open",
     "A commit without append voids the unfinished upload at its path.", voided_by<by_commit>},
    {"uploads/move", "move", "Move voids the unfinished upload at the destination.",
     voided_by<by_move>},
    {"uploads/copy", "copy", "Copy voids the unfinished upload at the destination.",
     voided_by<by_copy>},
    {"uploads/over-an-object", "writer_open",
     "A whole write over an object voids the unfinished upload.", over_an_object},
    {"uploads/another-store", "writer_open",
     "A whole write by a second store voids the unfinished upload.", by_another_store},
    {"uploads/gone-after-remove", "writer_open",
     "A voided upload does not come back after a remove.", gone_after_remove},
    {"uploads/gone-after-move", "writer_open", "A voided upload does not come back after a move.",
     gone_after_move},
    {"uploads/removed", "remove", "Remove voids the unfinished upload at its path.", removed},
    {"uploads/removed-below", "remove",
     "Remove voids the unfinished uploads below its path, not those of siblings.", removed_below},
    {"uploads/removed-alone", "remove",
     "Remove of a path with only an unfinished upload succeeds, once.", removed_alone},
    {"uploads/removed-alone-below", "remove",
     "Remove of a directory with only unfinished uploads succeeds.", removed_alone_below},
    {"uploads/moved-away", "move",
     "Moving the object away voids the unfinished upload at the source.", moved_away},
    {"uploads/append-moved-away", "move",
     "Moving the object away voids an unfinished append to it.", appended_moved_away},
    {"uploads/replaced-under-writer", "writer_commit",
     "A writer fails if its object was replaced after the open.", replaced_under_a_writer},
    {"uploads/removed-under-writer", "writer_commit",
     "A writer fails if its upload was removed after the open.", removed_under_a_writer},
    {"uploads/taken-over", "writer_commit",
     "A writer fails if another one took over its upload and committed it.", taken_over},
    {"uploads/closed-late", "writer_close",
     "An upload that is older than the object does not replace it.", closed_late},
};

}  // namespace

std::span<const Test> upload_tests() {
  return tests;
}

}  // namespace berth::conformance
