// SPDX-License-Identifier: Apache-2.0
//
// Reads from a list of chunks, and builds one.
#include "content.hpp"

#include <algorithm>
#include <cstring>

namespace berth::inmemory {
namespace {

constexpr std::size_t smallest_chunk = std::size_t{64} << 10;
constexpr std::size_t largest_chunk = std::size_t{4} << 20;

std::shared_ptr<char[]> copy_of(const char* bytes, std::size_t size) {
  auto copy = std::make_shared_for_overwrite<char[]>(size);
  std::memcpy(copy.get(), bytes, size);
  return copy;
}

}  // namespace

Content::Content(std::string_view bytes) {
  if (!bytes.empty())
    chunks_.push_back({copy_of(bytes.data(), bytes.size()), bytes.size(), bytes.size()});
}

std::size_t Content::read(std::uint64_t offset, char* to, std::size_t n) const noexcept {
  auto chunk = std::upper_bound(chunks_.begin(), chunks_.end(), offset,
                                [](std::uint64_t at, const Chunk& c) { return at < c.end; });
  std::size_t done = 0;
  for (; chunk != chunks_.end() && done < n; ++chunk) {
    const std::size_t skip = chunk->size - static_cast<std::size_t>(chunk->end - offset - done);
    const std::size_t part = std::min(n - done, chunk->size - skip);
    std::memcpy(to + done, chunk->bytes.get() + skip, part);
    done += part;
  }
  return done;
}

// Copies a short last chunk, so that thousands of small appends make full chunks and not thousands
// of tiny ones.
ContentBuilder::ContentBuilder(const Content& base) : chunks_(base.chunks()) {
  if (chunks_.empty() || chunks_.back().size >= smallest_chunk) return;
  const Chunk last = chunks_.back();
  chunks_.pop_back();
  append({last.bytes.get(), last.size});
}

void ContentBuilder::append(std::string_view bytes) {
  while (!bytes.empty()) {
    if (used_ == capacity_) grow();
    const std::size_t part = std::min(bytes.size(), capacity_ - used_);
    std::memcpy(open_chunk_.get() + used_, bytes.data(), part);
    used_ += part;
    bytes.remove_prefix(part);
  }
}

void ContentBuilder::grow() {
  seal();
  const std::uint64_t wanted = std::max(sealed_size(), expected_);
  capacity_ =
      static_cast<std::size_t>(std::clamp<std::uint64_t>(wanted, smallest_chunk, largest_chunk));
  open_chunk_ = std::make_shared_for_overwrite<char[]>(capacity_);
}

void ContentBuilder::seal() {
  if (used_ == 0) return;
  const bool wasteful = used_ < capacity_ / 2;
  std::shared_ptr<const char[]> bytes =
      wasteful ? copy_of(open_chunk_.get(), used_) : std::move(open_chunk_);
  chunks_.push_back({std::move(bytes), used_, sealed_size() + used_});
  open_chunk_.reset();
  used_ = capacity_ = 0;
}

ContentPtr ContentBuilder::build() {
  seal();
  return std::make_shared<const Content>(chunks_);
}

}  // namespace berth::inmemory
