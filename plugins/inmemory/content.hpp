// SPDX-License-Identifier: Apache-2.0
//
// The bytes of one object, an immutable list of shared chunks, and the builder of such a list. A
// reader has a Content of its own, so it sees one version. An append shares the chunks of the old
// version instead of copying them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::inmemory {

struct Chunk {
  std::shared_ptr<const char[]> bytes;
  std::size_t size;
  std::uint64_t end;  // offset in the content after this chunk
};

class Content {
 public:
  explicit Content(std::string_view bytes);
  explicit Content(std::vector<Chunk> chunks) noexcept : chunks_(std::move(chunks)) {}

  std::uint64_t size() const noexcept { return chunks_.empty() ? 0 : chunks_.back().end; }
  const std::vector<Chunk>& chunks() const noexcept { return chunks_; }

  // Copies up to n bytes starting at offset; fewer only at the end.
  std::size_t read(std::uint64_t offset, char* to, std::size_t n) const noexcept;

 private:
  std::vector<Chunk> chunks_;
};

using ContentPtr = std::shared_ptr<const Content>;

// Adds chunks of doubling size, so that written bytes are not copied again and an object of any
// size has few chunks.
class ContentBuilder {
 public:
  ContentBuilder() = default;
  explicit ContentBuilder(
      const Content& base);  // starts with the bytes of base, which is not changed

  void expect(std::uint64_t bytes) noexcept { expected_ = bytes; }  // sizes the first chunk
  void append(std::string_view bytes);
  std::uint64_t size() const noexcept { return sealed_size() + used_; }
  ContentPtr build();  // all bytes so far; more can be appended afterwards

 private:
  std::uint64_t sealed_size() const noexcept { return chunks_.empty() ? 0 : chunks_.back().end; }
  void grow();
  void seal();

  std::vector<Chunk> chunks_;
  std::shared_ptr<char[]> open_chunk_;
  std::size_t used_ = 0;  // bytes of the open chunk
  std::size_t capacity_ = 0;
  std::uint64_t expected_ = 0;
};

}  // namespace berth::inmemory
