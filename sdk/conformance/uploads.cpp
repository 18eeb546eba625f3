// SPDX-License-Identifier: Apache-2.0
//
// The rule for unfinished uploads, which a writer leaves when it is closed without commit:
//
// 1. A whole write (put, commit, and being the destination of a move or copy) voids for good what
//    was unfinished at its path. A later append continues the committed object.
// 2. remove and moving an object away also void what is unfinished at that path, remove also what
//    is unfinished below it.
// 3. remove of a path with nothing but an unfinished upload at it or below it succeeds.
// 4. A writer whose upload was voided fails at its next write, commit or close with
//    PRECONDITION_FAILED, and what it kept replaces nothing.
//
// The tests make each call directly after the other, so that times of modification are of no help.
#include "tests.hpp"

namespace berth::conformance {
namespace {

constexpr std::string_view newer = "NEWER;";

WriterOptions appending() {
  return {.append = true};
}

// A way to write `newer` to path as a whole.
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
  if (!t.caps().resume) skip("the store does not promise that another continues (resume)");
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

// What was appended may show already, at the end of the object.
void appended_moved_away(Context& t) {
  const std::string path = t.put("object", "content;");
  write_unfinished(t.store(), path, "stale;", appending());
  t.store().move(path, t.path("destination"));
  expect_nothing_to_append_to(t, path);
  const std::string seen = t.store().get_content(t.path("destination"));
  expect(seen == "content;" || seen == "content;stale;",
         "an object with an unfinished append, moved: expected \"content;\", with or without "
         "\"stale;\", saw " +
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

// A failed commit leaves the writer open, and its close fails as well or keeps nothing.
void close_after_failure(Writer& writer) {
  try {
    writer.close();
  } catch (const Error&) {
  }
}

// The next write or the end fails.
void expect_voided(Writer writer, const End& end, const std::string& path) {
  const std::string what = std::string(end.name) + " of a writer of " + path +
                           " whose upload was voided, or a write before it";
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

// A driver may refuse the second writer of one upload; then the first goes on.
void displaced(Context& t) {
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

// A writer without append that is closed late: its data began before the object that is there.
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
    {"uploads/put", "A put voids the unfinished upload.", voided_by<by_put>},
    {"uploads/commit", "A commit voids the unfinished upload.", voided_by<by_commit>},
    {"uploads/move", "A move voids the unfinished upload at the destination.", voided_by<by_move>},
    {"uploads/copy", "A copy voids the unfinished upload at the destination.", voided_by<by_copy>},
    {"uploads/over-an-object", "The same where an object was.", over_an_object},
    {"uploads/another-store", "The same by another store.", by_another_store},
    {"uploads/gone-after-remove", "A voided upload does not come back after a remove.",
     gone_after_remove},
    {"uploads/gone-after-move", "A voided upload does not come back after a move.",
     gone_after_move},
    {"uploads/removed", "Remove voids the upload next to the object.", removed},
    {"uploads/removed-below", "Remove voids the uploads below, not those of siblings.",
     removed_below},
    {"uploads/removed-alone", "Remove of an unfinished upload succeeds, once.", removed_alone},
    {"uploads/removed-alone-below", "Remove of a directory of unfinished uploads succeeds.",
     removed_alone_below},
    {"uploads/moved-away", "Moving the object away voids the upload.", moved_away},
    {"uploads/append-moved-away", "Moving the object away voids an unfinished append.",
     appended_moved_away},
    {"uploads/replaced-under-writer", "A writer fails whose object was replaced.",
     replaced_under_a_writer},
    {"uploads/removed-under-writer", "A writer fails whose upload was removed.",
     removed_under_a_writer},
    {"uploads/displaced", "A writer fails whose upload another one committed.", displaced},
    {"uploads/closed-late", "Data older than the object does not replace it.", closed_late},
};

}  // namespace

std::span<const Test> upload_tests() {
  return tests;
}

}  // namespace berth::conformance
