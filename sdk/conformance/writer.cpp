// SPDX-License-Identifier: Apache-2.0
//
// The states of a writer (open, committed, cancelled, closed) and which calls each allows.
#include "tests.hpp"

namespace berth::conformance {
namespace {

void expect_wrong_state(const std::string& what, const std::function<void()>& call) {
  expect_error<WrongStateError>(what, call);
}

// write, commit and cancel fail.
void expect_finished(Writer& writer, const std::string& state) {
  expect_wrong_state("write after " + state, [&] { writer.write("more"); });
  expect_wrong_state("commit after " + state, [&] { writer.commit(); });
  expect_wrong_state("cancel after " + state, [&] { writer.cancel(); });
}

void after_commit(Context& t) {
  const std::string path = t.path("object");
  Writer writer = t.store().writer(path);
  writer.write("content");
  writer.commit();
  expect_number("Writer::size after commit", 7, writer.size());
  expect_finished(writer, "commit");
  writer.close();
  t.expect_content(path, "content");
}

void after_cancel(Context& t) {
  const std::string path = t.path("object");
  Writer writer = t.store().writer(path);
  writer.write("content");
  writer.cancel();
  expect_finished(writer, "cancel");
  writer.close();
  t.expect_gone(path);
}

void after_close(Context& t) {
  const std::string path = t.path("object");
  Writer writer = t.store().writer(path);
  writer.write("content");
  writer.close();
  expect_finished(writer, "close");
  expect_wrong_state("a second close", [&] { writer.close(); });
}

void close_twice_after_commit(Context& t) {
  Writer writer = t.store().writer(t.path("object"));
  writer.commit();
  writer.close();
  expect_finished(writer, "commit and close");
  expect_wrong_state("a second close after commit", [&] { writer.close(); });
  Writer cancelled = t.store().writer(t.path("other"));
  cancelled.cancel();
  cancelled.close();
  expect_wrong_state("a second close after cancel", [&] { cancelled.close(); });
}

void size_counts(Context& t) {
  Writer writer = t.store().writer(t.path("object"));
  expect_number("Writer::size after the open", 0, writer.size());
  writer.write("12345");
  expect_number("Writer::size after 5 bytes", 5, writer.size());
  writer.write("");
  writer.write("678");
  expect_number("Writer::size after 8 bytes", 8, writer.size());
  writer.commit();
  writer.close();
}

void empty_commit(Context& t) {
  const std::string path = t.path("object");
  Writer writer = t.store().writer(path);
  writer.commit();
  writer.close();
  t.expect_content(path, "");
  expect_number("size after an empty commit", 0, t.store().stat(path).size);
  Reader reader = t.store().reader(path);
  expect_bytes("reader after an empty commit", "", reader.read_all());
}

void empty_commit_replaces(Context& t) {
  const std::string path = t.put("object", "old content");
  write_object(t.store(), path, "");
  t.expect_content(path, "");
}

void invisible_until_commit(Context& t) {
  t.put("dir/other");
  const std::string path = t.path("dir/object");
  Writer writer = t.store().writer(path);
  writer.write(t.random().bytes(64 * kib));
  t.expect_gone(path);
  expect_paths("list while an object is written", {t.path("dir/other")},
               t.store().list(t.path("dir")));
  expect_paths("walk while an object is written", {t.path("dir/other")},
               walked(t.store(), t.path("dir")));
  writer.commit();
  expect(exists(t.store(), path),
         "stat(" + path +
             ") after commit and before close: expected the object, got PathNotFoundError");
  writer.close();
}

void old_stays_until_commit(Context& t) {
  const std::string path = t.put("object", "old content");
  const std::string after = t.random().bytes(2 * mib);
  Writer writer = t.store().writer(path);
  t.expect_content(path, "old content");
  writer.write(after);
  t.expect_content(path, "old content");
  expect_number("size while a new version is written", 11, t.store().stat(path).size);
  writer.commit();
  t.expect_content(path, after);
  writer.close();
}

void cancel_keeps_old(Context& t) {
  const std::string path = t.put("object", "old content");
  Writer writer = t.store().writer(path);
  writer.write(t.random().bytes(100 * kib));
  writer.cancel();
  writer.close();
  t.expect_content(path, "old content");
}

void cancel_without_writes(Context& t) {
  Writer writer = t.store().writer(t.path("object"));
  writer.cancel();
  writer.close();
  t.expect_gone(t.path("object"));
}

void cancel_leaves_no_directory(Context& t) {
  if (t.caps().empty_directories) skip("the store declares BERTH_CAP_EMPTY_DIRECTORIES");
  t.put("other");
  Writer writer = t.store().writer(t.path("a/b/object"));
  writer.write("content");
  writer.cancel();
  writer.close();
  expect_paths("list after cancel", {t.path("other")}, t.store().list(t.directory()));
}

// The destructor of a writer closes it, so an append can resume what was written.
void dropped_is_closed(Context& t) {
  const std::string path = t.path("object");
  {
    Writer writer = t.store().writer(path);
    writer.write("first, ");
  }
  Writer writer = t.store().writer(path, {.append = true});
  expect_number("Writer::size when the upload is resumed", 7, writer.size());
  writer.write("second");
  writer.commit();
  writer.close();
  t.expect_content(path, "first, second");
}

void start_over(Context& t) {
  const std::string path = t.path("object");
  write_unfinished(t.store(), path, "discarded beginning, ");
  Writer writer = t.store().writer(path);
  expect_number("Writer::size of a writer that starts over", 0, writer.size());
  writer.write("content");
  writer.commit();
  writer.close();
  t.expect_content(path, "content");
}

void start_over_and_close(Context& t) {
  const std::string path = t.path("object");
  write_unfinished(t.store(), path, "first upload");
  write_unfinished(t.store(), path, "second");
  write_object(t.store(), path, " and its end", kib, {.append = true});
  t.expect_content(path, "second and its end");
}

void two_writers(Context& t) {
  const std::string first = t.random().bytes(300 * kib);
  const std::string second = t.random().bytes(200 * kib);
  Writer a = t.store().writer(t.path("a"));
  Writer b = t.store().writer(t.path("b"));
  for (std::size_t at = 0; at < first.size(); at += 50 * kib) {
    a.write(std::string_view(first).substr(at, 50 * kib));
    if (at < second.size()) b.write(std::string_view(second).substr(at, 50 * kib));
  }
  b.commit();
  a.commit();
  t.expect_content(t.path("a"), first);
  t.expect_content(t.path("b"), second);
}

void writer_outlives_store(Context& t) {
  const std::string path = t.path("object");
  Writer writer = [&] {
    Store other = t.another();
    return other.writer(path);
  }();
  writer.write("content");
  writer.commit();
  writer.close();
  t.expect_content(path, "content");
}

void size_hint(Context& t) {
  const std::string content = t.random().bytes(100 * kib);
  for (const std::uint64_t hint : {std::uint64_t(0), std::uint64_t(100 * kib), 5 * gib}) {
    write_object(t.store(), t.path("object"), content, 30 * kib, {.size_hint = hint});
    t.expect_content(t.path("object"), content);
  }
}

constexpr Test tests[] = {
    {"writer/after-commit", "writer_commit", "After commit, only size and close are allowed.",
     after_commit},
    {"writer/after-cancel", "writer_cancel",
     "After cancel, only close is allowed, and there is no object.", after_cancel},
    {"writer/after-close", "writer_close", "After close, no call is allowed.", after_close},
    {"writer/close-twice", "writer_close", "A second close is WRONG_STATE.",
     close_twice_after_commit},
    {"writer/size", "writer_size", "Size counts the bytes accepted so far.", size_counts},
    {"writer/empty-commit", "writer_commit", "A commit without a write makes an empty object.",
     empty_commit},
    {"writer/empty-commit-replaces", "writer_commit",
     "A commit without a write replaces an older object.", empty_commit_replaces},
    {"writer/invisible-until-commit", "writer_open",
     "Uncommitted data does not show in stat, list and walk.", invisible_until_commit},
    {"writer/old-until-commit", "writer_open", "The older object stays readable until the commit.",
     old_stays_until_commit},
    {"writer/cancel-keeps-old", "writer_cancel", "Cancel keeps the older object.",
     cancel_keeps_old},
    {"writer/cancel-unwritten", "writer_cancel",
     "A writer can be cancelled before the first write.", cancel_without_writes},
    {"writer/cancel-no-directory", "writer_cancel", "Cancel leaves no empty directory.",
     cancel_leaves_no_directory},
    {"writer/dropped-is-closed", "writer_close",
     "A writer that is destroyed without a commit keeps what was written.", dropped_is_closed},
    {"writer/start-over", "writer_open", "A writer without append discards the unfinished upload.",
     start_over},
    {"writer/start-over-close", "writer_open", "Append resumes the newest unfinished upload.",
     start_over_and_close},
    {"writer/two-at-once", "writer_open",
     "Two writers of different paths do not affect each other.", two_writers},
    {"writer/outlives-store", "close", "A writer keeps its store open.", writer_outlives_store},
    {"writer/size-hint", "writer_open", "A wrong size hint does no harm.", size_hint},
};

}  // namespace

std::span<const Test> writer_tests() {
  return tests;
}

}  // namespace berth::conformance
