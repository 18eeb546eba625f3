// SPDX-License-Identifier: Apache-2.0
//
// Hands the collected bytes to the tree at commit and close.
#include "writer.hpp"

#include <utility>

namespace berth::inmemory {

MemoryWriter::MemoryWriter(Tree& tree, std::string_view path, OpenedWriter opened,
                           AttributesPtr attributes, Conditions conditions)
    : tree_(tree),
      path_(path),
      ticket_(std::move(opened.ticket)),
      content_(opened.base.content ? ContentBuilder(*opened.base.content) : ContentBuilder()),
      attributes_(std::move(attributes)),
      conditions_(std::move(conditions)) {}

MemoryWriter::~MemoryWriter() {
  tree_.close_writer(path_, ticket_);
}

// A voided writer fails early, because its bytes cannot be used. With create_only, commit reports
// that the object exists.
void MemoryWriter::write(std::string_view bytes, const sdk::Call& call) {
  call.check();
  if (ticket_->voided && !conditions_.create_only) throw voided();
  content_.append(bytes);
}

void MemoryWriter::commit(const sdk::CommitOptions& options, const sdk::Call& call) {
  call.check();
  options.stored(
      stat_of(tree_.publish(path_, {content_.build(), attributes_}, conditions_, ticket_)));
}

void MemoryWriter::cancel(const sdk::Call&) {
  tree_.discard(path_, ticket_);
}

void MemoryWriter::keep(const sdk::Call&) {
  tree_.save_upload(path_, {content_.build(), attributes_}, ticket_);
}

}  // namespace berth::inmemory
