// SPDX-License-Identifier: Apache-2.0
//
// Object names, sizes and records of the layout.
#include "layout.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "move_marks.hpp"

using namespace berth::rados;

TEST_CASE("a new blob id is \"blob:\" and a random version 4 UUID") {
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = new_blob_id();
    REQUIRE(is_blob_id(id));
    CHECK(id[19] == '4');
    CHECK(std::string("89ab").find(id[24]) != std::string::npos);
    ids.insert(id);
  }
  CHECK(ids.size() == 1000);
}

TEST_CASE("only the registry's form is a blob id") {
  CHECK(is_blob_id("blob:6ba7b810-9dad-11d1-80b4-00c04fd430c8"));
  CHECK_FALSE(is_blob_id("blob:6BA7B810-9dad-11d1-80b4-00c04fd430c8"));
  CHECK_FALSE(is_blob_id("blob:6ba7b8109dad-11d1-80b4-00c04fd430c8"));
  CHECK_FALSE(is_blob_id("blob:6ba7b810-9dad-11d1-80b4-00c04fd430c8-0"));
  CHECK_FALSE(is_blob_id("6ba7b810-9dad-11d1-80b4-00c04fd430c8"));
  CHECK_FALSE(is_blob_id(""));
}

TEST_CASE("a chunk's name is the blob's id and a decimal number") {
  const std::string id = "blob:6ba7b810-9dad-11d1-80b4-00c04fd430c8";
  CHECK(chunk_name(id, 0) == id + "-0");
  CHECK(chunk_name(id, 1234) == id + "-1234");
  const std::string name = chunk_name(id, 1234);
  const auto parsed = parse_chunk_name(name);
  REQUIRE(parsed);
  CHECK(parsed->blob == id);
  CHECK(parsed->number == 1234);
}

TEST_CASE("other object names are not taken for chunks") {
  CHECK_FALSE(parse_chunk_name("/docker"));
  CHECK_FALSE(parse_chunk_name("blob:6ba7b810-9dad-11d1-80b4-00c04fd430c8"));
  CHECK_FALSE(parse_chunk_name("blob:6ba7b810-9dad-11d1-80b4-00c04fd430c8-"));
  CHECK_FALSE(parse_chunk_name("blob:6ba7b810-9dad-11d1-80b4-00c04fd430c8-x"));
  CHECK_FALSE(parse_chunk_name("blob:6ba7b810-9dad-11d1-80b4-00c04fd430c8-1 "));
  CHECK_FALSE(parse_chunk_name("rbd_data.1"));
}

TEST_CASE("total-size is eight little-endian bytes and two zero bytes") {
  CHECK(encode_size(0) == std::string(10, '\0'));
  CHECK(encode_size(0x0102030405060708) == std::string("\x08\x07\x06\x05\x04\x03\x02\x01\0\0", 10));
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{255}, std::uint64_t{256},
                                   std::uint64_t{1} << 40, ~std::uint64_t{0}})
    CHECK(decode_size(encode_size(size)) == size);
}

TEST_CASE("a total-size of another length is not valid") {
  CHECK_FALSE(decode_size(""));
  CHECK_FALSE(decode_size(std::string(8, '\0')));
  CHECK_FALSE(decode_size(std::string(11, '\0')));
}

TEST_CASE("the number of chunks is rounded up and does not overflow") {
  CHECK(chunk_count(0, 4) == 0);
  CHECK(chunk_count(1, 4) == 1);
  CHECK(chunk_count(4, 4) == 1);
  CHECK(chunk_count(5, 4) == 2);
  CHECK(chunk_count(~std::uint64_t{0}, 2) == std::uint64_t{1} << 63);
}

TEST_CASE("for a file longer than its first chunk, the length of that chunk is the chunk size") {
  CHECK(infer_chunk_size(10, 3, 4) == 3);
  CHECK(infer_chunk_size(10, 4, 4) == 4);
  CHECK(infer_chunk_size(10, 7, 4) == 7);
  CHECK(infer_chunk_size(10, 9, 4) == 9);
}

TEST_CASE("a first chunk of one to two times the configured size may be an overrun") {
  CHECK_FALSE(may_overrun(10, 3, 4));
  CHECK_FALSE(may_overrun(10, 4, 4));
  CHECK(may_overrun(10, 5, 4));
  CHECK(may_overrun(10, 7, 4));
  CHECK_FALSE(may_overrun(10, 8, 4));
  CHECK_FALSE(may_overrun(7, 7, 4));
  constexpr std::uint64_t most = ~std::uint64_t{0};
  CHECK(may_overrun(most, most - 1, most - 2));
}

TEST_CASE("a file that fits in its first chunk is entirely in it, whatever the chunk size") {
  CHECK(infer_chunk_size(3, 3, 4) == 4);
  CHECK(infer_chunk_size(9, 9, 4) == 9);
  CHECK(infer_chunk_size(0, 0, 4) == 4);
}

TEST_CASE("a piece ends at the end of the chunk, of the limit or of the bytes") {
  const auto same = [](const Piece& piece, std::uint64_t chunk, std::uint64_t offset,
                       std::uint64_t length) {
    return piece.chunk == chunk && piece.offset == offset && piece.length == length;
  };
  CHECK(same(piece_at(0, 100, 10, 1000), 0, 0, 10));
  CHECK(same(piece_at(7, 100, 10, 1000), 0, 7, 3));
  CHECK(same(piece_at(25, 2, 10, 1000), 2, 5, 2));
  CHECK(same(piece_at(0, 100, 10, 4), 0, 0, 4));
  CHECK(same(piece_at(4, 100, 10, 4), 0, 4, 4));
  CHECK(same(piece_at(8, 100, 10, 4), 0, 8, 2));
  CHECK(same(piece_at(11, 100, 10, 4), 1, 1, 3));
}

TEST_CASE("pieces cover every byte once, for all kinds of odd sizes") {
  for (const std::uint64_t chunk : {1, 3, 4, 7, 16})
    for (const std::uint64_t limit : {1, 2, 5, 64}) {
      std::uint64_t position = 5;
      const std::uint64_t end = 61;
      while (position < end) {
        const Piece piece = piece_at(position, end - position, chunk, limit);
        REQUIRE(piece.length > 0);
        REQUIRE(piece.length <= limit);
        REQUIRE(piece.offset + piece.length <= chunk);
        REQUIRE(piece.chunk * chunk + piece.offset == position);
        position += piece.length;
      }
      CHECK(position == end);
    }
}

TEST_CASE("a path is the entry of its directory") {
  CHECK(place_of("/a").directory == "/");
  CHECK(place_of("/a").name == "a");
  CHECK(place_of("/a/b c").directory == "/a");
  CHECK(place_of("/a/b c").name == "b c");
  CHECK(join("/", "a") == "/a");
  CHECK(join("/a", "b") == "/a/b");
}

TEST_CASE("an upload record is decoded as it was encoded") {
  const UploadRecord record{"blob:6ba7b810-9dad-11d1-80b4-00c04fd430c8", 4194304, 77, "abc"};
  const auto read = decode_upload(encode_upload(record));
  REQUIRE(read);
  CHECK(read->blob == record.blob);
  CHECK(read->chunk_size == record.chunk_size);
  CHECK(read->size == record.size);
  CHECK(read->token == record.token);
  CHECK_FALSE(read->base);
}

TEST_CASE("an upload record keeps the blob that the path had at open, or that it had none") {
  UploadRecord record{"blob:6ba7b810-9dad-11d1-80b4-00c04fd430c8", 4194304, 77, "abc"};
  for (const std::string base : {"", "blob:6ba7b810-9dad-11d1-80b4-00c04fd430c9"}) {
    record.base = base;
    const auto read = decode_upload(encode_upload(record));
    REQUIRE(read);
    CHECK(read->base == base);
  }
}

TEST_CASE("a damaged upload record is not decoded") {
  CHECK_FALSE(decode_upload(""));
  CHECK_FALSE(decode_upload("blob:x 1 2 t"));
  CHECK_FALSE(decode_upload("blob:6ba7b810-9dad-11d1-80b4-00c04fd430c8 0 2 t"));
  CHECK_FALSE(decode_upload("blob:6ba7b810-9dad-11d1-80b4-00c04fd430c8 4 2"));
  CHECK_FALSE(decode_upload("blob:6ba7b810-9dad-11d1-80b4-00c04fd430c8 4 -2 t"));
}

TEST_CASE("the mark of a move keeps paths with spaces") {
  const auto mark = decode_move(encode_move({"t", 1234, "/a b/c", "/d e"}));
  REQUIRE(mark);
  CHECK(mark->token == "t");
  CHECK(mark->since == 1234);
  CHECK(mark->source == "/a b/c");
  CHECK(mark->destination == "/d e");
  CHECK_FALSE(decode_move(""));
  CHECK_FALSE(decode_move("t\nx\n/a\n/b"));
}
