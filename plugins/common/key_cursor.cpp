// SPDX-License-Identifier: Apache-2.0
#include "common/key_cursor.hpp"

#include <algorithm>
#include <functional>

namespace berth::common {
namespace {

// Sorts after every key below a prefix: no valid UTF-8 is larger than U+10FFFF.
constexpr std::string_view last_character = "\xF4\x8F\xBF\xBF";

bool is_smaller(const KeyEntry& a, const KeyEntry& b) noexcept {
  return a.key < b.key;
}

// Objects and common prefixes may come as two lists, each in order.
bool is_each_kind_ascending(const std::vector<KeyEntry>& entries) {
  const std::string* last[2] = {nullptr, nullptr};
  for (const KeyEntry& entry : entries) {
    const std::string*& before = last[entry.is_prefix ? 1 : 0];
    if (before && entry.key < *before) return false;
    before = &entry.key;
  }
  return true;
}

// Characters from U+E000 on sort differently in UTF-8 and UTF-16. What is before them begins a
// listing that lacks nothing in either order.
std::string start_in_any_order(const std::string& start) {
  const auto first = std::find_if(start.begin(), start.end(),
                                  [](char c) { return static_cast<unsigned char>(c) >= 0xEE; });
  return std::string(start.begin(), first);
}

size_t digest_of(const std::vector<KeyEntry>& entries) {
  size_t digest = entries.size();
  for (const KeyEntry& entry : entries)
    digest = digest * 1'099'511'628'211U + std::hash<std::string>()(entry.key);
  return digest;
}

}  // namespace

const KeyEntry* KeyCursor::next() {
  while (const KeyEntry* entry = next_listed()) {
    if (!is_wanted(entry->key)) continue;
    after_ = entry->key;
    returned_ = true;
    return entry;
  }
  return nullptr;
}

const KeyEntry* KeyCursor::next_listed() {
  while (!sorted_ && position_ == entries_.size()) {
    if (!more_) return nullptr;
    entries_.clear();
    position_ = 0;
    load();
  }
  return sorted_ ? sorted_->next() : &entries_[position_++];
}

bool KeyCursor::is_wanted(std::string_view key) const {
  return key > after_ && key.starts_with(options_.prefix) &&
         (skipped_.empty() || !key.starts_with(skipped_));
}

void KeyCursor::skip(std::string_view prefix) {
  skipped_ = prefix;
  if (sorted_) return;
  while (position_ < entries_.size() && entries_[position_].key.starts_with(skipped_)) ++position_;
  if (position_ < entries_.size() || !more_ || options_.seek == Seek::beginning_only) return;
  after_ = skipped_ + std::string(last_character);
  token_.clear();
}

// A token continues exactly; without one the service is asked for what is after the last key.
std::string KeyCursor::start_of_page() const {
  if (!token_.empty()) return {};
  if (!jump_.empty()) return jump_;
  return asked_ ? std::max(after_, last_) : start_in_any_order(after_);
}

Page KeyCursor::ask(std::string_view token, std::string_view start_after, size_t limit) const {
  call_.check();
  PageRequest request;
  request.prefix = options_.prefix;
  request.delimited = options_.delimited;
  request.limit = limit;
  request.token = token;
  request.start_after = start_after;
  return list_page_(request, call_);
}

// Until two pages of the store have been compared, the second page is read before the first one is
// returned, and the first one is that at the beginning of the listing, whatever the start: most
// services that list in another order are noticed in time.
void KeyCursor::load() {
  // One entry shows that there is any, in whatever order.
  if (order_ == KeyOrder::other && options_.limit != 1) return collect();
  const bool first = !asked_;
  const bool compares = first && order_ == KeyOrder::unknown && options_.limit == 0;
  const std::string start = compares ? std::string() : start_of_page();
  Page page = ask(token_, start, options_.limit);
  asked_ = true;
  jump_.clear();
  if (is_out_of_order(page)) {
    const bool whole = first && !page.more && start.empty();
    if (!whole) return collect();
  }
  check_progress(page, token_, start);
  append(std::move(page));
  if (!compares || !more_) return;
  jump_to_start();
  load();
  KeyOrder unknown = KeyOrder::unknown;
  if (!sorted_) order_.compare_exchange_strong(unknown, KeyOrder::bytes);
}

// From the first page to the start, if that is further on.
void KeyCursor::jump_to_start() {
  const std::string start = start_in_any_order(after_);
  if (options_.seek == Seek::beginning_only || start <= last_) return;
  jump_ = start;
  token_.clear();
}

// A key that is smaller than one of an earlier page was skipped there: it comes out of order.
bool KeyCursor::is_out_of_order(const Page& page) const {
  if (page.entries.empty()) return false;
  const auto least = std::min_element(page.entries.begin(), page.entries.end(), is_smaller);
  return least->key < last_ || !is_each_kind_ascending(page.entries);
}

void KeyCursor::append(Page page) {
  std::sort(page.entries.begin(), page.entries.end(), is_smaller);
  if (!page.entries.empty()) last_ = page.entries.back().key;
  entries_.insert(entries_.end(), std::make_move_iterator(page.entries.begin()),
                  std::make_move_iterator(page.entries.end()));
  more_ = page.more;
  token_ = std::move(page.token);
}

// From the beginning: what the service calls "after" a key has no meaning in the order of bytes.
void KeyCursor::collect() {
  order_ = KeyOrder::other;
  if (returned_)
    throw sdk::Error(BERTH_STATUS_UNAVAILABLE,
                     "the service lists the keys below '" + options_.prefix +
                         "' in another order than that of their bytes, which showed only after '" +
                         after_ +
                         "'; the listing is incomplete. This store sorts its listings from now on: "
                         "list again")
        .retryable();
  pages_.clear();
  auto sorted = std::make_unique<SortedKeys>();
  Page page;
  do {
    const std::string token = std::move(page.token);
    page = ask(token, {}, 0);
    if (page.more && page.token.empty())
      throw sdk::Error(BERTH_STATUS_UNSUPPORTED_METHOD,
                       "the service lists the keys below '" + options_.prefix +
                           "' in another order than that of their bytes and gives no token for the "
                           "next page, so the listing cannot be completed");
    check_progress(page, token, {});
    for (KeyEntry& entry : page.entries) sorted->add(std::move(entry));
  } while (page.more);
  asked_ = true;
  more_ = false;
  sorted_ = std::move(sorted);
}

// A service that repeats its pages would keep us busy for ever.
void KeyCursor::check_progress(const Page& page, std::string_view token,
                               std::string_view start_after) {
  const bool repeats = !page.entries.empty() && !pages_.insert(digest_of(page.entries)).second;
  if (!page.more) return;
  const bool same_request =
      page.token.empty()
          ? page.entries.empty() ||
                std::max_element(page.entries.begin(), page.entries.end(), is_smaller)->key <=
                    start_after
          : page.token == token;
  if (repeats || same_request) throw no_progress();
}

sdk::Error KeyCursor::no_progress() const {
  return sdk::Error(BERTH_STATUS_UNAVAILABLE, "the service's list of keys below '" +
                                                  options_.prefix +
                                                  "' repeats itself instead of continuing");
}

}  // namespace berth::common
