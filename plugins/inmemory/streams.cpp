// SPDX-License-Identifier: Apache-2.0
//
// Reading a snapshot, collecting a new version.
#include "streams.hpp"

#include <algorithm>
#include <utility>

namespace berth::inmemory {

MemoryReader::MemoryReader(Object object, const sdk::ReadOptions& options)
    : object_(std::move(object)) {
  const std::uint64_t size = object_.content->size();
  position_ = std::min(options.offset, size);
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
  return sdk::Stat{false, object_.content->size(), object_.mtime_ns, {}};
}

MemoryWriter::MemoryWriter(Tree& tree, std::string_view path, TicketPtr ticket,
                           ContentBuilder content, bool create_only)
    : tree_(tree),
      path_(path),
      ticket_(std::move(ticket)),
      content_(std::move(content)),
      create_only_(create_only) {}

MemoryWriter::~MemoryWriter() {
  tree_.close_writer(path_, ticket_);
}

// A voided writer fails early: nothing that it collects can be used. With create_only the commit
// says why.
void MemoryWriter::write(std::string_view bytes, const sdk::Call& call) {
  call.check();
  if (ticket_->voided && !create_only_) throw voided();
  content_.append(bytes);
}

void MemoryWriter::commit(const sdk::Call& call) {
  call.check();
  tree_.publish(path_, content_.build(), create_only_, ticket_);
}

void MemoryWriter::cancel(const sdk::Call&) {
  tree_.discard(path_, ticket_);
}

void MemoryWriter::keep(const sdk::Call&) {
  tree_.keep_upload(path_, content_.build(), ticket_);
}

}  // namespace berth::inmemory
