// SPDX-License-Identifier: Apache-2.0
//
// Reads the range of a snapshot.
#include "reader.hpp"

#include <algorithm>
#include <utility>

namespace berth::inmemory {

MemoryReader::MemoryReader(Object object, const sdk::ReadOptions& options)
    : object_(std::move(object)) {
  const std::uint64_t size = object_.content->size();
  position_ =
      options.from_end ? size - std::min(options.offset, size) : std::min(options.offset, size);
  end_ = position_ + std::min(options.length, size - position_);
}

std::size_t MemoryReader::read(char* buffer, std::size_t capacity, const sdk::Call& call) {
  call.check();
  const std::uint64_t part = std::min<std::uint64_t>(capacity, end_ - position_);
  const std::size_t got = object_.content->read(position_, buffer, static_cast<std::size_t>(part));
  position_ += got;
  return got;
}

std::optional<sdk::Stat> MemoryReader::info() const {
  return stat_of(object_);
}

}  // namespace berth::inmemory
