// SPDX-License-Identifier: Apache-2.0
//
// Readers from an offset and in pieces, and whole objects through a writer and a reader.
#include <algorithm>

#include "tests.hpp"

namespace berth::conformance {
namespace {

std::string read_from(Context& t, const std::string& path, std::int64_t offset,
                      std::optional<std::uint64_t> length = std::nullopt) {
  Reader reader = t.store().reader(path, offset, length);
  return drain(reader);
}

void stream_round_trip(Context& t) {
  for (const std::string& content :
       {std::string("a"), std::string("\xc3\x9f"), std::string("\x80\x80\x80\x80"),
        t.random().bytes(32), t.random().bytes(mib)}) {
    const std::string path = t.path("object");
    write_object(t.store(), path, content);
    expect_bytes("reader of " + path, content, read_from(t, path, 0));
    expect_number("size of " + path, content.size(), t.store().stat(path).size);
  }
}

void odd_pieces(Context& t) {
  const std::size_t size = (t.quick() ? 3 : 22) * mib + 4321;
  const std::string content = t.random().bytes(size);
  const std::string path = t.path("object");
  Writer writer = t.store().writer(path);
  std::size_t at = 0;
  for (std::size_t piece = 1; at < size; piece = piece * 3 + 1) {
    if (piece > 5 * mib) piece = 4095;
    writer.write(std::string_view(content).substr(at, piece));
    at = std::min(size, at + piece);
    expect_number("Writer::size while writing", at, writer.size());
  }
  writer.commit();
  writer.close();
  t.expect_content(path, content);
}

// A driver that drops the rest of a short read fails here.
void read_sizes(Context& t) {
  const std::string content = t.random().bytes(300 * kib + 7);
  const std::string path = t.put("object", content);
  for (const std::size_t piece :
       {std::size_t(13), std::size_t(4096), std::size_t(65537), std::size_t(mib)}) {
    Reader reader = t.store().reader(path);
    expect_bytes("reading by " + std::to_string(piece) + " bytes", content, drain(reader, piece));
  }
}

void changing_read_sizes(Context& t) {
  const std::string content = t.random().bytes(200 * kib + 3);
  Reader reader = t.store().reader(t.put("object", content));
  std::string seen;
  std::string buffer(70 * kib, '\0');
  while (true) {
    const std::size_t wanted = 1 + t.random().below(buffer.size());
    const std::size_t got = reader.read(buffer.data(), wanted);
    expect(got <= wanted, "reader_read delivered more bytes than its capacity");
    if (got == 0) break;
    seen.append(buffer, 0, got);
  }
  expect_bytes("reading by changing sizes", content, seen);
}

void end_stays_end(Context& t) {
  Reader reader = t.store().reader(t.put("object", "12345"));
  char buffer[16];
  std::size_t total = 0;
  while (const std::size_t got = reader.read(buffer, sizeof buffer)) total += got;
  expect_number("bytes before the end", 5, total);
  expect_number("bytes of a read after the end", 0, reader.read(buffer, sizeof buffer));
  expect_bytes("read_all after the end", "", reader.read_all());
}

void reader_offsets(Context& t) {
  const std::string content = t.random().bytes(96);
  const std::string path = t.put("object", content);
  for (const std::size_t offset : {0, 1, 32, 63, 64, 95})
    expect_bytes("reading from " + std::to_string(offset), content.substr(offset),
                 read_from(t, path, static_cast<std::int64_t>(offset)));
}

void offset_past_end(Context& t) {
  const std::string path = t.put("object", t.random().bytes(96));
  for (const std::int64_t offset : {std::int64_t(96), std::int64_t(97), std::int64_t(1) << 40})
    expect_bytes("reading from " + std::to_string(offset) + " of 96", "",
                 read_from(t, path, offset));
}

void negative_offset(Context& t) {
  for (const std::string& path : {t.put("object", "content"), t.path("missing")}) {
    const std::string what = "reader(" + path + ", -1)";
    const auto detail =
        expect_error<InvalidOffsetError>(what, [&] { (void)t.store().reader(path, -1); });
    t.expect_fields(what, path, detail);
    expect(detail.offset == -1,
           what + ": expected offset -1 in the error, got " + std::to_string(detail.offset));
  }
}

void missing_object(Context& t) {
  t.put("there");
  const std::string path = t.path("missing");
  for (const std::int64_t offset : {0, 64})
    t.expect_missing("reader of a missing object from " + std::to_string(offset), path,
                     [&] { (void)t.store().reader(path, offset); });
}

void ranges(Context& t) {
  const std::string content = t.random().bytes(100 * kib);
  const std::string path = t.put("object", content);
  struct Range {
    std::size_t offset, length;
  };
  for (const Range range :
       {Range{0, 0}, Range{0, 1}, Range{5, 10}, Range{100 * kib - 1, 1}, Range{100 * kib - 1, 10},
        Range{100 * kib, 5}, Range{200 * kib, 5}, Range{65535, 2}, Range{7, 64 * kib},
        Range{0, 100 * kib}, Range{0, 200 * kib}, Range{50 * kib, SIZE_MAX / 4}})
    expect_bytes(
        "reading " + std::to_string(range.length) + " bytes from " + std::to_string(range.offset),
        range.offset < content.size() ? std::string_view(content).substr(range.offset, range.length)
                                      : std::string_view(),
        read_from(t, path, static_cast<std::int64_t>(range.offset), range.length));
}

void reader_info(Context& t) {
  const std::string path = t.put("object", t.random().bytes(4321));
  Reader whole = t.store().reader(path);
  Reader part = t.store().reader(path, 100, 10);
  for (Reader* reader : {&whole, &part}) {
    const auto info = reader->info();
    if (!info) continue;  // the driver need not know it
    expect(!info->is_directory, "Reader::info: expected a file, got a directory");
    expect_number("Reader::info, size of the whole object", 4321, info->size);
  }
}

// The reader serves one version of the object or fails; never the beginning of one and the end of
// another.
void expect_pinned(Context& t, const std::string& what, const std::function<void()>& change) {
  const std::size_t size = (t.quick() ? 4 : 24) * mib;
  const std::string before = t.random().bytes(size);
  const std::string path = t.put("pinned/object", before);
  Reader reader = t.store().reader(path);
  std::string seen(kib, '\0');
  seen.resize(reader.read(seen.data(), seen.size()));
  expect(!seen.empty(), "the first read of " + path + " delivered no bytes");
  change();
  try {
    seen += drain(reader);
  } catch (const PreconditionFailedError&) {
    return;
  } catch (const PathNotFoundError&) {
    return;
  }
  expect_bytes("a reader of " + path + ", which was " + what + " after the first read", before,
               seen);
}

void pinned_overwrite(Context& t) {
  for (const std::size_t size : {std::size_t(4) * mib, std::size_t(5) * mib, kib})
    expect_pinned(t, "overwritten", [&] { t.put("pinned/object", t.random().bytes(size)); });
}

void pinned_commit(Context& t) {
  const std::string after = t.random().bytes(4 * mib);
  expect_pinned(t, "replaced by a commit",
                [&] { write_object(t.store(), t.path("pinned/object"), after, mib); });
}

void pinned_remove(Context& t) {
  expect_pinned(t, "removed", [&] { t.store().remove(t.path("pinned/object")); });
}

void reader_outlives_store(Context& t) {
  const std::string content = t.random().bytes(200 * kib);
  const std::string path = t.put("object", content);
  Reader reader = [&] {
    Store other = t.another();
    return other.reader(path);
  }();
  expect_bytes("a reader whose store handle was destroyed", content, reader.read_all());
}

void large_stream(Context& t) {
  if (!t.options().large_streams) skip("Options::large_streams is off (berth check needs --large)");
  const std::uint64_t seed = t.random().next();
  const std::string path = t.path("large");
  write_random(t.store(), path, seed, 5 * gib);
  expect_number("size of the 5 GiB object", 5 * gib, t.store().stat(path).size);
  expect_random(t.store(), path, seed, 5 * gib);
}

constexpr Test tests[] = {
    {"streams/round-trip", "writer_commit, reader_read",
     "Contents of 1 byte to 1 MiB from a writer are read back unchanged.", stream_round_trip},
    {"streams/odd-pieces", "writer_write", "Writes of any size are joined in order.", odd_pieces},
    {"streams/read-sizes", "reader_read", "The size of the reads does not change the bytes.",
     read_sizes},
    {"streams/changing-read-sizes", "reader_read",
     "Reads of different sizes by one reader deliver the same bytes.", changing_read_sizes},
    {"streams/end-stays-end", "reader_read", "A reader at the end stays there.", end_stays_end},
    {"streams/offsets", "reader_open", "A reader starts at its offset.", reader_offsets},
    {"streams/offset-past-end", "reader_open", "A reader opened at or past the end is at its end.",
     offset_past_end},
    {"streams/negative-offset", "reader_open",
     "A negative offset is INVALID_OFFSET, also for a missing object.", negative_offset},
    {"streams/missing", "reader_open",
     "Opening a missing object is PATH_NOT_FOUND; the first read is too late.", missing_object},
    {"streams/ranges", "reader_open", "A length limits what a reader delivers.", ranges},
    {"streams/reader-info", "reader_info", "What reader_info reports about the object is true.",
     reader_info},
    {"streams/pinned-overwrite", "reader_open",
     "A reader of an object that put replaces serves one version or fails.", pinned_overwrite},
    {"streams/pinned-commit", "reader_open",
     "A reader of an object that a commit replaces serves one version or fails.", pinned_commit},
    {"streams/pinned-remove", "reader_open",
     "A reader of an object that is removed serves all of it or fails.", pinned_remove},
    {"streams/outlives-store", "close", "A reader keeps its store open.", reader_outlives_store},
    {"streams/large", "writer_write, reader_read", "5 GiB through a writer and a reader.",
     large_stream},
};

}  // namespace

std::span<const Test> stream_tests() {
  return tests;
}

}  // namespace berth::conformance
