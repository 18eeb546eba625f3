// SPDX-License-Identifier: Apache-2.0
//
// Contents: any split of the writes gives the same bytes, and no byte is copied twice.
#include "content.hpp"

#include <string>

#include <doctest/doctest.h>

using berth::inmemory::Content;
using berth::inmemory::ContentBuilder;
using berth::inmemory::ContentPtr;

namespace {

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 131 + i / 251);
  return bytes;
}

std::string all(const Content& content) {
  std::string bytes(content.size(), '\0');
  bytes.resize(content.read(0, bytes.data(), bytes.size()));
  return bytes;
}

}  // namespace

TEST_CASE("a content has the bytes that were appended in odd pieces") {
  const std::string bytes = pattern(700'001);
  ContentBuilder builder;
  for (std::size_t at = 0, step = 1; at < bytes.size(); at += step, step = step * 3 % 9973 + 1)
    builder.append(std::string_view(bytes).substr(at, step));
  CHECK(all(*builder.build()) == bytes);
}

TEST_CASE("a read can begin and end anywhere, across chunks") {
  const std::string bytes = pattern(300'000);
  ContentBuilder builder;
  builder.append(bytes);
  const ContentPtr content = builder.build();
  REQUIRE(content->chunks().size() > 1);
  for (const std::size_t offset : {0, 1, 65535, 65536, 131072, 299'999}) {
    std::string got(150'000, '\0');
    got.resize(content->read(offset, got.data(), got.size()));
    CHECK(got == bytes.substr(offset, 150'000));
  }
}

TEST_CASE("a read after the end returns nothing") {
  const Content content("abc");
  char byte = 0;
  CHECK(content.read(3, &byte, 1) == 0);
  CHECK(content.read(4, &byte, 1) == 0);
}

TEST_CASE("a large content has few chunks") {
  ContentBuilder builder;
  const std::string block(1 << 20, 'x');
  for (int i = 0; i < 64; ++i) builder.append(block);
  CHECK(builder.build()->chunks().size() < 32);
}

TEST_CASE("an appended content shares the chunks of its base") {
  const Content base(pattern(200'000));
  ContentBuilder builder(base);
  builder.append("tail");
  const ContentPtr grown = builder.build();
  CHECK(grown->chunks().front().bytes == base.chunks().front().bytes);
  CHECK(grown->size() == 200'004);
  CHECK(base.size() == 200'000);
}

TEST_CASE("a thousand small appends do not make a thousand chunks") {
  ContentPtr content = std::make_shared<const Content>("");
  for (int i = 0; i < 1000; ++i) {
    ContentBuilder builder(*content);
    builder.append("0123456789abcdef0123456789abcdef");
    content = builder.build();
  }
  CHECK(content->size() == 32'000);
  CHECK(content->chunks().size() == 1);
}
