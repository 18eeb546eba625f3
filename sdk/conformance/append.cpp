// SPDX-License-Identifier: Apache-2.0
//
// Append in all its forms: an unfinished upload of this or another store, a committed object with
// and without content, and nothing at all.
#include "tests.hpp"

namespace berth::conformance {
namespace {

WriterOptions appending() {
  return {.append = true};
}

// Three chunks by three writers, each of a store of its own where stores share data.
void continue_in_chunks(Context& t, std::size_t chunk) {
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
  continue_in_chunks(t, 32);
}

void large_chunks(Context& t) {
  continue_in_chunks(t, t.quick() ? mib : 10 * mib);
}

// Smaller than any part an object store takes, then larger, then smaller again.
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
  if (!t.caps().resume) skip("the store does not promise that another continues (resume)");
  expect(t.shared(), "the driver promises resume, yet a second store does not see its data");
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

// Until commit, readers see the object as it was, or already longer: a file system appends in
// place.
void unfinished_on_committed(Context& t) {
  const std::string path = t.put("object", "content");
  write_unfinished(t.store(), path, ", more", appending());
  const std::string seen = t.store().get_content(path);
  expect(seen.starts_with("content") && std::string("content, more").starts_with(seen),
         "an unfinished append: expected \"content\" or a longer beginning of \"content, more\", "
         "saw " +
             shown(seen));
  Writer writer = t.store().writer(path, appending());
  expect_number("Writer::size when the append is continued", 13, writer.size());
  writer.write(", end");
  writer.commit();
  writer.close();
  t.expect_content(path, "content, more, end");
}

void commit_uses_up_the_upload(Context& t) {
  const std::string path = t.path("object");
  write_unfinished(t.store(), path, "one, ");
  write_object(t.store(), path, "two", kib, appending());
  write_object(t.store(), path, ", three", kib, appending());
  t.expect_content(path, "one, two, three");
}

constexpr Test tests[] = {
    {"append/small-chunks", "Three writers of 32 bytes make one object.", small_chunks},
    {"append/large-chunks", "Three writers of 10 MiB make one object.", large_chunks},
    {"append/uneven-chunks", "Unfinished pieces of any size can be continued.", uneven_chunks},
    {"append/another-store", "Another store continues what was closed.", by_another_store},
    {"append/missing", "There must be something to append to.", to_missing},
    {"append/committed", "A committed object can be added to.", to_committed},
    {"append/committed-large", "Also a large one.", to_committed_large},
    {"append/committed-often", "And again and again.", to_committed_often},
    {"append/empty-commit", "An object committed empty can be added to.", to_empty_commit},
    {"append/empty-put", "An object put empty can be added to.", to_empty_put},
    {"append/nothing", "Adding nothing changes nothing.", nothing_to_committed},
    {"append/cancelled-on-committed", "Cancel leaves the committed object.",
     cancelled_on_committed},
    {"append/cancelled-discards-all", "Cancel discards what was continued as well.",
     cancelled_discards_all},
    {"append/unfinished-on-committed", "An unfinished append can be continued.",
     unfinished_on_committed},
    {"append/upload-used-up", "After commit the upload is gone.", commit_uses_up_the_upload},
};

}  // namespace

std::span<const Test> append_tests() {
  return tests;
}

}  // namespace berth::conformance
