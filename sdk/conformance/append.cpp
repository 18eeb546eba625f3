// SPDX-License-Identifier: Apache-2.0
//
// Append to an unfinished upload of this or another store, to a committed object with and without
// content, and to a missing object.
#include "tests.hpp"

namespace berth::conformance {
namespace {

WriterOptions appending() {
  return {.append = true};
}

// Three chunks by three writers, each from a store of its own if the driver promises resume.
void append_in_chunks(Context& t, std::size_t chunk) {
  const std::string content = t.random().bytes(3 * chunk);
  const std::string path = t.path("object");
  std::uint64_t size_at_close = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    Store store = t.caps().resume ? t.another() : t.store();
    WriterOptions options;
    options.append = i != 0;
    Writer writer = store.writer(path, options);
    expect_number("Writer::size of writer " + std::to_string(i + 1), size_at_close, writer.size());
    writer.write(std::string_view(content).substr(i * chunk, chunk));
    size_at_close = writer.size();
    expect_number("Writer::size before close", (i + 1) * chunk, size_at_close);
    if (i == 2) writer.commit();
    writer.close();
  }
  t.expect_content(path, content);
  expect_number("size after three chunks", 3 * chunk, t.store().stat(path).size);
}

void small_chunks(Context& t) {
  append_in_chunks(t, 32);
}

void large_chunks(Context& t) {
  append_in_chunks(t, t.quick() ? mib : 10 * mib);
}

// Smaller than the smallest part of an object store, then larger, then smaller again.
void uneven_chunks(Context& t) {
  const std::string path = t.path("object");
  std::string content;
  bool first = true;
  for (const std::size_t size : {std::size_t(7), (t.quick() ? 1 : 6) * mib + 1, std::size_t(0),
                                 std::size_t(3), (t.quick() ? 2 : 11) * mib}) {
    const std::string chunk = t.random().bytes(size);
    WriterOptions options;
    options.append = !first;
    write_unfinished(t.store(), path, chunk, options);
    content += chunk;
    first = false;
  }
  write_object(t.store(), path, "the end", kib, appending());
  t.expect_content(path, content + "the end");
}

void by_another_store(Context& t) {
  if (!t.caps().resume) skip("the store does not declare BERTH_CAP_RESUME");
  expect(
      t.shared(),
      "the driver declares BERTH_CAP_RESUME, but a second store does not see the first one's data");
  const std::string path = t.path("object");
  const std::string first = t.random().bytes(100 * kib);
  const std::string second = t.random().bytes(100 * kib);
  write_unfinished(t.store(), path, first);
  Store other = t.another();
  write_object(other, path, second, 10 * kib, appending());
  t.expect_content(path, first + second);
}

void to_missing(Context& t) {
  t.put("there");
  const std::string path = t.path("missing");
  t.expect_missing("writer with append of a missing object", path,
                   [&] { (void)t.store().writer(path, appending()); });
  t.expect_gone(path);
}

void to_committed(Context& t) {
  const std::string first = t.random().bytes(32);
  const std::string path = t.put("object", first);
  Writer writer = t.store().writer(path, appending());
  expect_number("Writer::size of an append to 32 bytes", 32, writer.size());
  writer.write("appended");
  expect_number("Writer::size after the write", 40, writer.size());
  writer.commit();
  writer.close();
  t.expect_content(path, first + "appended");
  expect_number("size after the append", 40, t.store().stat(path).size);
}

void to_committed_large(Context& t) {
  const std::string first = t.random().bytes((t.quick() ? 2 : 12) * mib + 5);
  const std::string second = t.random().bytes((t.quick() ? 1 : 12) * mib + 9);
  const std::string path = t.path("object");
  write_object(t.store(), path, first, mib);
  write_object(t.store(), path, second, mib, appending());
  t.expect_content(path, first + second);
}

void to_committed_often(Context& t) {
  std::string content = "start";
  const std::string path = t.put("object", content);
  for (int i = 0; i < 5; ++i) {
    const std::string more = t.random().bytes(1000 + 7 * static_cast<std::size_t>(i));
    write_object(t.store(), path, more, kib, appending());
    content += more;
    t.expect_content(path, content);
  }
}

void to_empty(Context& t, const std::string& path) {
  expect_number("size before the append", 0, t.store().stat(path).size);
  const std::string more = t.random().bytes(32);
  write_object(t.store(), path, more, kib, appending());
  t.expect_content(path, more);
  expect_number("size after the append", 32, t.store().stat(path).size);
}

void to_empty_commit(Context& t) {
  const std::string path = t.path("object");
  write_object(t.store(), path, "");
  to_empty(t, path);
}

void to_empty_put(Context& t) {
  to_empty(t, t.put("object", ""));
}

void nothing_to_committed(Context& t) {
  const std::string path = t.put("object", "content");
  write_object(t.store(), path, "", kib, appending());
  t.expect_content(path, "content");
  const std::string empty = t.put("empty", "");
  write_object(t.store(), empty, "", kib, appending());
  t.expect_content(empty, "");
}

void cancelled_on_committed(Context& t) {
  const std::string path = t.put("object", "content");
  Writer writer = t.store().writer(path, appending());
  writer.write(t.random().bytes(10 * kib));
  writer.cancel();
  writer.close();
  t.expect_content(path, "content");
  write_object(t.store(), path, ", more", kib, appending());
  t.expect_content(path, "content, more");
}

void cancelled_discards_all(Context& t) {
  const std::string path = t.path("object");
  write_unfinished(t.store(), path, "beginning");
  Writer writer = t.store().writer(path, appending());
  writer.write("end");
  writer.cancel();
  writer.close();
  t.expect_gone(path);
  t.expect_missing("append after the upload was cancelled", path,
                   [&] { (void)t.store().writer(path, appending()); });
}

// Until the commit, readers see the old object or a longer one: a file system appends in place.
void unfinished_on_committed(Context& t) {
  const std::string path = t.put("object", "content");
  write_unfinished(t.store(), path, ", more", appending());
  const std::string seen = t.store().get_content(path);
  expect(seen.starts_with("content") && std::string("content, more").starts_with(seen),
         "an unfinished append: expected \"content\" or a longer beginning of \"content, more\", "
         "saw " +
             shown(seen));
  Writer writer = t.store().writer(path, appending());
  expect_number("Writer::size when the append is resumed", 13, writer.size());
  writer.write(", end");
  writer.commit();
  writer.close();
  t.expect_content(path, "content, more, end");
}

void commit_ends_the_upload(Context& t) {
  const std::string path = t.path("object");
  write_unfinished(t.store(), path, "one, ");
  write_object(t.store(), path, "two", kib, appending());
  write_object(t.store(), path, ", three", kib, appending());
  t.expect_content(path, "one, two, three");
}

constexpr Test tests[] = {
    {"append/small-chunks", "writer_open", "Three writers of 32 bytes make one object.",
     small_chunks},
    {"append/large-chunks", "writer_open", "Three writers of 10 MiB make one object.",
     large_chunks},
    {"append/uneven-chunks", "writer_open", "An unfinished upload of any size can be resumed.",
     uneven_chunks},
    {"append/another-store", "BERTH_CAP_RESUME",
     "A second store resumes an upload that the first one closed.", by_another_store},
    {"append/missing", "writer_open", "Append to a missing object is PATH_NOT_FOUND.", to_missing},
    {"append/committed", "writer_open", "Append adds to a committed object.", to_committed},
    {"append/committed-large", "writer_open", "Append adds to a large committed object.",
     to_committed_large},
    {"append/committed-often", "writer_open", "Append adds to one object five times.",
     to_committed_often},
    {"append/empty-commit", "writer_open", "Append adds to an object that was committed empty.",
     to_empty_commit},
    {"append/empty-put", "writer_open", "Append adds to an object that was put empty.",
     to_empty_put},
    {"append/nothing", "writer_open", "Append of nothing changes nothing.", nothing_to_committed},
    {"append/cancelled-on-committed", "writer_cancel",
     "Cancel of an append keeps the committed object.", cancelled_on_committed},
    {"append/cancelled-discards-all", "writer_cancel",
     "Cancel also discards the upload that an append resumed.", cancelled_discards_all},
    {"append/unfinished-on-committed", "writer_close",
     "An unfinished append to a committed object can be resumed.", unfinished_on_committed},
    {"append/commit-ends-upload", "writer_commit",
     "A commit ends the upload; a later append adds to the object.", commit_ends_the_upload},
};

}  // namespace

std::span<const Test> append_tests() {
  return tests;
}

}  // namespace berth::conformance
