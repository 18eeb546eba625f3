// SPDX-License-Identifier: Apache-2.0
#include "common/key_cursor.hpp"

#include <algorithm>

namespace berth::common {
namespace {

// Sorts behind every key below a prefix: no valid UTF-8 is larger than U+10FFFF.
constexpr std::string_view last_character = "\xF4\x8F\xBF\xBF";

}  // namespace

const KeyEntry* KeyCursor::next() {
  for (;;) {
    while (position_ == entries_.size()) {
      if (!more_) return nullptr;
      load();
    }
    const KeyEntry& entry = entries_[position_++];
    if (!is_wanted(entry.key)) continue;
    after_ = entry.key;
    return &entry;
  }
}

bool KeyCursor::is_wanted(std::string_view key) const {
  return key > after_ && key.starts_with(options_.prefix) &&
         (skipped_.empty() || !key.starts_with(skipped_));
}

void KeyCursor::skip(std::string_view prefix) {
  skipped_ = prefix;
  while (position_ < entries_.size() && entries_[position_].key.starts_with(skipped_)) ++position_;
  if (position_ < entries_.size() || !more_ || options_.seek == Seek::beginning_only) return;
  after_ = skipped_ + std::string(last_character);
  token_.clear();
}

void KeyCursor::load() {
  call_.check();
  PageRequest request;
  request.prefix = options_.prefix;
  request.delimited = options_.delimited;
  request.limit = options_.limit;
  request.token = token_;
  // A token continues exactly; without one the service is asked for what is behind the last key.
  if (token_.empty()) request.start_after = std::max(after_, last_);
  Page page = list_page_(request, call_);
  std::sort(page.entries.begin(), page.entries.end(),
            [](const KeyEntry& a, const KeyEntry& b) { return a.key < b.key; });
  check_progress(page);
  if (!page.entries.empty()) last_ = page.entries.back().key;
  entries_ = std::move(page.entries);
  position_ = 0;
  more_ = page.more;
  asked_ = true;
  token_ = std::move(page.token);
}

// A service that repeats its pages would keep us busy for ever.
void KeyCursor::check_progress(const Page& page) const {
  const bool advances = page.entries.empty() ? !page.token.empty() && page.token != token_
                                             : page.entries.back().key > last_;
  if (!page.more || advances) return;
  throw sdk::Error(BERTH_UNAVAILABLE, "the service's list of keys below '" + options_.prefix +
                                          "' repeats itself instead of going on");
}

}  // namespace berth::common
