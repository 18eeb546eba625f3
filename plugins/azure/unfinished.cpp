// SPDX-License-Identifier: Apache-2.0
#include "unfinished.hpp"

#include <algorithm>

namespace berth::azure {

std::string marker(size_t parts) {
  return std::string(1 + parts, 'm');
}

UnfinishedUploads::UnfinishedUploads(const std::vector<Block>& uncommitted) {
  for (const Block& block : uncommitted) {
    const auto name = parse_block_id(block.id);
    if (!name) {
      foreign_ = true;
      continue;
    }
    Sent& sent = sent_[name->upload.text()];
    sent.name = name->upload;
    if (name->number == 0)
      sent.marker = &block;
    else
      sent.blocks.emplace(name->number, &block);
  }
}

// Only uploads with a marker count: a block without one arrived after its upload was cancelled.
std::optional<UploadName> UnfinishedUploads::newest(uint32_t base) const {
  std::optional<UploadName> newest;
  for (const auto& [text, sent] : sent_) {
    if (!sent.marker || !sent.name.begins() || sent.name.base != base) continue;
    if (is_cancelled(sent.name) || (newest && sent.name.time <= newest->time)) continue;
    newest = sent.name;
  }
  return newest;
}

std::vector<common::Part> UnfinishedUploads::parts(const UploadName& upload,
                                                   std::vector<common::Part> kept) const {
  std::vector<common::Part> parts = std::move(kept);
  const auto add = [&parts](const Sent& sent, uint64_t end) {
    for (const auto& [number, block] : sent.blocks)
      if (number == parts.size() + 1 && number <= end)
        parts.push_back({number, block->id, block->size});
  };
  if (const Sent* first = first_of(upload))
    add(*first, first->closed_with() == 0 ? UINT64_MAX : first->closed_with());
  std::vector<const Sent*> appends;
  for (const auto& [text, sent] : sent_)
    if (sent.name.kind == UploadKind::resume && sent.name.is_same(upload) && sent.marker)
      appends.push_back(&sent);
  std::sort(appends.begin(), appends.end(),
            [](const Sent* a, const Sent* b) { return a->closed_with() < b->closed_with(); });
  for (const Sent* sent : appends)
    if (!sent->blocks.empty() && sent->blocks.begin()->first == parts.size() + 1)
      add(*sent, sent->closed_with());
  return parts;
}

bool UnfinishedUploads::is_open(const UploadName& upload) const {
  const Sent* first = first_of(upload);
  return first && first->marker && !is_cancelled(upload);
}

bool UnfinishedUploads::is_closed(const UploadName& upload) const {
  const Sent* first = first_of(upload);
  return first && first->closed_with() != 0;
}

// A writer that resumed the upload competes with those that start at the same part; the writer that
// began the upload competes with all of them.
std::optional<uint64_t> UnfinishedUploads::closed_by_other(const UploadName& own,
                                                           uint64_t parts) const {
  for (const auto& [text, sent] : sent_) {
    if (sent.name.kind != UploadKind::resume || !sent.name.is_same(own)) continue;
    if (text == own.text() || sent.closed_with() == 0 || sent.blocks.empty()) continue;
    const uint64_t before = sent.blocks.begin()->first - 1;
    if (own.kind != UploadKind::resume || before == parts) return before;
  }
  return std::nullopt;
}

bool UnfinishedUploads::any_but(const UploadName& upload) const {
  return foreign_ || std::any_of(sent_.begin(), sent_.end(), [&](const auto& each) {
           const Sent& sent = each.second;
           return sent.marker && sent.name.begins() && !sent.name.is_same(upload) &&
                  !is_cancelled(sent.name);
         });
}

const UnfinishedUploads::Sent* UnfinishedUploads::first_of(const UploadName& upload) const {
  const auto found = sent_.find(upload.text());
  return found == sent_.end() ? nullptr : &found->second;
}

bool UnfinishedUploads::is_cancelled(const UploadName& upload) const {
  UploadName cancelled = upload;
  cancelled.kind = UploadKind::cancelled;
  return first_of(cancelled) != nullptr;
}

}  // namespace berth::azure
