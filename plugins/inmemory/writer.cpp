// SPDX-License-Identifier: Apache-2.0
//
// Hands the collected bytes to the tree at commit and close.
#include "writer.hpp"

#include <utility>

namespace berth::inmemory {

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

// A voided writer fails early, because its bytes cannot be used. With create_only, commit reports
// that the object exists.
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
  tree_.save_upload(path_, content_.build(), ticket_);
}

}  // namespace berth::inmemory
