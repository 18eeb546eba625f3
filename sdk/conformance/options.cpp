// SPDX-License-Identifier: Apache-2.0
//
// Conditions, and what a write reports. Each option is honoured with all its consequences, or its
// capability is not declared and the host refuses it.
#include <atomic>

#include "tests.hpp"

namespace berth::conformance {
namespace {

// ---- What put, commit, move and copy return

// The size must be right, and what the service reports as well.
void expect_stored(Context& t, const std::string& what, const std::string& path,
                   const FileInfo& stored) {
  const FileInfo now = t.store().stat(path);
  expect_bytes(what + ": the path that it returns", path, stored.path);
  expect_number(what + ": the size that it returns", now.size, stored.size);
  if (!stored.etag.empty())
    expect_bytes(what + ": the etag that it returns", now.etag, stored.etag);
  if (!stored.version.empty())
    expect_bytes(what + ": the version that it returns", now.version, stored.version);
}

FileInfo commit_object(Store& store, const std::string& path, std::string_view bytes,
                       const WriterOptions& options = {}) {
  Writer writer = store.writer(path, options);
  try {
    writer.write(bytes);
    FileInfo stored = writer.commit();
    writer.close();
    return stored;
  } catch (const Error&) {
    try {
      writer.cancel();
    } catch (const WrongStateError&) {  // the commit failed
    }
    writer.close();
    throw;
  }
}

void stored_put(Context& t) {
  const std::string path = t.path("object");
  expect_stored(t, "put_content", path, t.store().put_content(path, "first"));
  expect_stored(t, "put_content over an object", path, t.store().put_content(path, "longer one"));
  expect_stored(t, "put_content of no bytes", path, t.store().put_content(path, ""));
}

void stored_commit(Context& t) {
  const std::string path = t.path("object");
  expect_stored(t, "commit", path, commit_object(t.store(), path, "first"));
  expect_stored(t, "commit of an append", path,
                commit_object(t.store(), path, ", second", {.append = true}));
  t.expect_content(path, "first, second");
  const std::string large = t.path("large");
  expect_stored(t, "commit of 12 MiB", large,
                commit_object(t.store(), large, t.random().bytes(12 * mib)));
}

void stored_move(Context& t) {
  t.put("source", "moved");
  const std::string path = t.path("there/object");
  expect_stored(t, "move", path, t.store().move(t.path("source"), path));
}

void stored_copy(Context& t) {
  t.put("source", "copied");
  const std::string path = t.path("there/object");
  expect_stored(t, "copy", path, t.store().copy(t.path("source"), path));
}

// ---- Reads

std::string etag_of(Context& t, const std::string& path) {
  const std::string etag = t.store().stat(path).etag;
  if (etag.empty()) skip("the driver reports no etag");
  return etag;
}

void read_if_match(Context& t) {
  const std::string path = t.put("object", "first");
  const std::string etag = etag_of(t, path);
  expect_bytes("get_content with the present etag", "first",
               t.store().get_content(path, ReadOptions{.if_match = etag}));
  t.put("object", "the second one");
  expect_error<PreconditionFailedError>("get_content with an old etag", [&] {
    (void)t.store().get_content(path, ReadOptions{.if_match = etag});
  });
  expect_error<PreconditionFailedError>("reader with an old etag", [&] {
    (void)t.store().reader(path, ReadOptions{.offset = 2, .if_match = etag});
  });
}

void read_if_none_match(Context& t) {
  const std::string path = t.put("object", "first");
  const std::string etag = etag_of(t, path);
  expect_error<NotModifiedError>("get_content with if_none_match of the present etag", [&] {
    (void)t.store().get_content(path, ReadOptions{.if_none_match = etag});
  });
  t.put("object", "the second one");
  Reader reader = t.store().reader(path, ReadOptions{.offset = 4, .if_none_match = etag});
  expect_bytes("reader with if_none_match of an old etag", "second one", drain(reader));
}

void read_missing(Context& t) {
  const std::string etag = etag_of(t, t.put("object", "x"));
  const std::string path = t.path("missing");
  t.expect_missing("get_content of a missing object with if_match", path,
                   [&] { (void)t.store().get_content(path, ReadOptions{.if_match = etag}); });
  t.expect_missing("reader of a missing object with if_none_match", path,
                   [&] { (void)t.store().reader(path, ReadOptions{.if_none_match = etag}); });
}

void read_from_end(Context& t) {
  const std::string content = t.random().bytes(100 * kib);
  const std::string path = t.put("object", content);
  for (const std::size_t wanted : {std::size_t(1), std::size_t(5000), content.size()}) {
    Reader reader = t.store().reader(
        path, ReadOptions{.offset = static_cast<std::int64_t>(wanted), .from_end = true});
    expect_bytes("the last bytes", content.substr(content.size() - wanted), drain(reader));
  }
  expect_bytes(
      "100 of the last 5000 bytes", content.substr(content.size() - 5000, 100),
      t.store().get_content(path, ReadOptions{.offset = 5000, .length = 100, .from_end = true}));
  expect_bytes(
      "more bytes from the end than there are", content,
      t.store().get_content(
          path, ReadOptions{.offset = 200 * static_cast<std::int64_t>(kib), .from_end = true}));
  expect_bytes("no bytes from the end", "",
               t.store().get_content(path, ReadOptions{.offset = 0, .from_end = true}));
  expect_bytes(
      "the end of an empty object", "",
      t.store().get_content(t.put("empty", ""), ReadOptions{.offset = 10, .from_end = true}));
}

// ---- Writes

void needs_if_match(Context& t) {
  if (!t.caps().if_match) skip("the store does not declare BERTH_CAP_IF_MATCH");
}

void if_match_put(Context& t) {
  needs_if_match(t);
  const std::string path = t.put("object", "first");
  const std::string old = etag_of(t, path);
  const FileInfo stored = t.store().put_content(path, "second", {.if_match = old});
  t.expect_content(path, "second");
  expect(!stored.etag.empty(), "put_content with if_match: it returned no etag");
  expect_error<PreconditionFailedError>("put_content with an old etag", [&] {
    t.store().put_content(path, "third", {.if_match = old});
  });
  t.expect_content(path, "second");
  t.store().put_content(path, "fourth", {.if_match = stored.etag});
  t.expect_content(path, "fourth");
}

void if_match_missing(Context& t) {
  needs_if_match(t);
  const std::string etag = etag_of(t, t.put("object", "x"));
  const std::string path = t.path("missing");
  expect_error<PreconditionFailedError>("put_content with if_match to a missing object", [&] {
    t.store().put_content(path, "new", {.if_match = etag});
  });
  t.expect_gone(path);
}

void if_match_writer(Context& t) {
  needs_if_match(t);
  const std::string path = t.put("object", "first");
  const std::string old = etag_of(t, path);
  const FileInfo stored = commit_object(t.store(), path, "second", {.if_match = old});
  t.expect_content(path, "second");
  expect(!stored.etag.empty(), "commit with if_match: it returned no etag");
  expect_error<PreconditionFailedError>("writer with an old etag", [&] {
    commit_object(t.store(), path, "third", {.if_match = old});
  });
  t.expect_content(path, "second");
  commit_object(t.store(), path, ", third", {.append = true, .if_match = stored.etag});
  t.expect_content(path, "second, third");
}

// The object is replaced between open and commit, by a write of several parts too.
void if_match_writer_loses(Context& t) {
  needs_if_match(t);
  for (const std::size_t size : {std::size_t(6), t.quick() ? 6 * mib : 20 * mib}) {
    const std::string path = t.put("object", "first");
    Writer writer = t.store().writer(path, {.if_match = etag_of(t, path)});
    const std::string bytes = t.random().bytes(size);
    writer.write(bytes);
    t.put("object", "quick");
    expect_error<PreconditionFailedError>("commit with if_match after a put",
                                          [&] { writer.commit(); });
    writer.close();
    t.expect_content(path, "quick");
  }
}

// Increments a counter by reading it and replacing exactly what was read.
void increment(Store store, const std::string& path) {
  for (;;) try {
      const FileInfo info = store.stat(path);
      const std::string content = store.get_content(path, ReadOptions{.if_match = info.etag});
      store.put_content(path, std::to_string(std::stoul(content) + 1), {.if_match = info.etag});
      return;
    } catch (const PreconditionFailedError&) {  // another thread was first
    }
}

void if_match_race(Context& t) {
  needs_if_match(t);
  const std::string path = t.put("counter", "0");
  const unsigned each = t.quick() ? 10 : 50;
  in_parallel(8, [&](unsigned) {
    for (unsigned i = 0; i < each; ++i) increment(t.store(), path);
  });
  t.expect_content(path, std::to_string(8 * each));
}

// ---- Move and copy

using Transfer = FileInfo (Store::*)(std::string_view, std::string_view, const CopyOptions&,
                                     const CallOptions&);

void create_only(Context& t, const std::string& what, Transfer transfer) {
  if (!t.caps().copy_create_only) skip("the store does not declare BERTH_CAP_COPY_CREATE_ONLY");
  const std::string source = t.put("source"), path = t.put("object");
  expect_error<AlreadyExistsError>(what + " with create_only over an object", [&] {
    (t.store().*transfer)(source, path, {.create_only = true}, {});
  });
  t.expect_kept({"source", "object"});
  (t.store().*transfer)(source, t.path("new"), {.create_only = true}, {});
  t.expect_content(t.path("new"), "source");
}

void source_if_match(Context& t, const std::string& what, Transfer transfer) {
  if (!t.caps().copy_source_if_match)
    skip("the store does not declare BERTH_CAP_COPY_SOURCE_IF_MATCH");
  const std::string source = t.put("source", "first"), path = t.path("object");
  const std::string old = etag_of(t, source);
  t.put("source", "the second one");
  expect_error<PreconditionFailedError>(what + " with an old etag of the source", [&] {
    (t.store().*transfer)(source, path, {.source_if_match = old}, {});
  });
  t.expect_gone(path);
  t.expect_content(source, "the second one");
  (t.store().*transfer)(source, path, {.source_if_match = etag_of(t, source)}, {});
  t.expect_content(path, "the second one");
  const std::string missing = t.path("missing");
  t.expect_missing(what + " of a missing object with source_if_match", missing,
                   [&] { (t.store().*transfer)(missing, path, {.source_if_match = old}, {}); });
}

void destination_if_match(Context& t, const std::string& what, Transfer transfer) {
  if (!t.caps().copy_if_match) skip("the store does not declare BERTH_CAP_COPY_IF_MATCH");
  const std::string source = t.put("source"), path = t.put("object", "first");
  const std::string old = etag_of(t, path);
  t.put("object", "the second one");
  expect_error<PreconditionFailedError>(what + " with an old etag of the destination", [&] {
    (t.store().*transfer)(source, path, {.if_match = old}, {});
  });
  t.expect_content(path, "the second one");
  t.expect_content(source, "source");
  (t.store().*transfer)(source, path, {.if_match = etag_of(t, path)}, {});
  t.expect_content(path, "source");
}

void move_create_only(Context& t) {
  create_only(t, "move", &Store::move);
}
void copy_create_only(Context& t) {
  create_only(t, "copy", &Store::copy);
}
void move_source_if_match(Context& t) {
  source_if_match(t, "move", &Store::move);
}
void copy_source_if_match(Context& t) {
  source_if_match(t, "copy", &Store::copy);
}
void move_if_match(Context& t) {
  destination_if_match(t, "move", &Store::move);
}
void copy_if_match(Context& t) {
  destination_if_match(t, "copy", &Store::copy);
}

// ---- Remove

void remove_if_match(Context& t) {
  if (!t.caps().remove_if_match) skip("the store does not declare BERTH_CAP_REMOVE_IF_MATCH");
  const std::string path = t.put("object", "first");
  const std::string old = etag_of(t, path);
  t.put("object", "the second one");
  expect_error<PreconditionFailedError>(
      "remove with an old etag", [&] { t.store().remove(path, RemoveOptions{.if_match = old}); });
  t.expect_content(path, "the second one");
  t.store().remove(path, RemoveOptions{.if_match = etag_of(t, path)});
  t.expect_gone(path);
  t.expect_missing("remove of a missing object with if_match", path,
                   [&] { t.store().remove(path, RemoveOptions{.if_match = old}); });
}

void remove_only_object(Context& t) {
  if (!t.caps().remove_only_object) skip("the store does not declare BERTH_CAP_REMOVE_ONLY_OBJECT");
  t.put_all({"object", "directory/inner"});
  t.store().remove(t.path("object"), RemoveOptions{.only_object = true});
  t.expect_gone(t.path("object"));
  t.expect_missing("remove of a directory with only_object", t.path("directory"), [&] {
    t.store().remove(t.path("directory"), RemoveOptions{.only_object = true});
  });
  t.expect_kept({"directory/inner"});
}

constexpr Test tests[] = {
    {"options/stored-put", "berth_write_options", "Put reports what it stored.", stored_put},
    {"options/stored-commit", "berth_commit_options", "Commit reports what it stored.",
     stored_commit},
    {"options/stored-move", "berth_copy_options", "Move reports the object at the destination.",
     stored_move},
    {"options/stored-copy", "berth_copy_options", "Copy reports the object at the destination.",
     stored_copy},
    {"options/read-if-match", "berth_read_options", "A read with if_match is of that version.",
     read_if_match},
    {"options/read-if-none-match", "berth_read_options",
     "A read with if_none_match fails while the object is that version.", read_if_none_match},
    {"options/read-missing", "berth_read_options",
     "A conditional read of a missing object is PATH_NOT_FOUND.", read_missing},
    {"options/read-from-end", "BERTH_READ_FROM_END", "Reads count from the end.", read_from_end},
    {"options/if-match-put", "BERTH_CAP_IF_MATCH", "Put replaces the version of if_match only.",
     if_match_put},
    {"options/if-match-missing", "BERTH_CAP_IF_MATCH", "A put with if_match creates no object.",
     if_match_missing},
    {"options/if-match-writer", "BERTH_CAP_IF_MATCH",
     "A writer replaces the version of if_match only.", if_match_writer},
    {"options/if-match-writer-loses", "BERTH_CAP_IF_MATCH",
     "A commit with if_match fails after a put to the same path.", if_match_writer_loses},
    {"options/if-match-race", "BERTH_CAP_IF_MATCH",
     "No increment of a counter is lost when several threads increment it.", if_match_race},
    {"options/move-create-only", "BERTH_CAP_COPY_CREATE_ONLY",
     "Move with create_only replaces nothing.", move_create_only},
    {"options/copy-create-only", "BERTH_CAP_COPY_CREATE_ONLY",
     "Copy with create_only replaces nothing.", copy_create_only},
    {"options/move-source-if-match", "BERTH_CAP_COPY_SOURCE_IF_MATCH",
     "Move with source_if_match moves that version only.", move_source_if_match},
    {"options/copy-source-if-match", "BERTH_CAP_COPY_SOURCE_IF_MATCH",
     "Copy with source_if_match copies that version only.", copy_source_if_match},
    {"options/move-if-match", "BERTH_CAP_COPY_IF_MATCH",
     "Move with if_match replaces that version only.", move_if_match},
    {"options/copy-if-match", "BERTH_CAP_COPY_IF_MATCH",
     "Copy with if_match replaces that version only.", copy_if_match},
    {"options/remove-if-match", "BERTH_CAP_REMOVE_IF_MATCH",
     "Remove with if_match removes that version only.", remove_if_match},
    {"options/remove-only-object", "BERTH_CAP_REMOVE_ONLY_OBJECT",
     "Remove with only_object removes nothing below the path.", remove_only_object},
};

}  // namespace

std::span<const Test> option_tests() {
  return tests;
}

}  // namespace berth::conformance
