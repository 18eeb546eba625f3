// SPDX-License-Identifier: Apache-2.0
//
// Reads a listing page by page as one stream of entries in the order of their keys' bytes. A
// service that lists in another order (S3 Express, or UTF-16 order) is noticed: the whole listing
// is then collected and sorted first. Where that is too late, because entries were returned
// already, or not possible, the listing ends with an error. No entry is ever skipped.
#ifndef BERTH_COMMON_KEY_CURSOR_HPP
#define BERTH_COMMON_KEY_CURSOR_HPP

#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "common/key_tree.hpp"
#include "common/sorted_keys.hpp"

namespace berth::common {

class KeyCursor {
 public:
  struct Options {
    std::string prefix;
    bool delimited = false;
    std::string start_after;  // empty: from the first key
    Seek seek = Seek::anywhere;
    size_t limit = 0;  // entries of one page; 0: the service's own
  };

  // The references must outlive the cursor.
  KeyCursor(const ListPage& list_page, KnownOrder& order, const sdk::Call& call, Options options)
      : list_page_(list_page),
        order_(order),
        call_(call),
        options_(std::move(options)),
        after_(options_.start_after) {}

  // The next entry, or nullptr at the end. Valid until the next call.
  [[nodiscard]] const KeyEntry* next();

  // Continues after all keys that begin with `prefix`, without reading them where the service can.
  void skip(std::string_view prefix);

  // The service has no entries but those already here.
  [[nodiscard]] bool complete() const noexcept { return asked_ && !more_; }

 private:
  const KeyEntry* next_listed();
  void load();
  Page ask(std::string_view token, std::string_view start_after, size_t limit) const;
  [[nodiscard]] std::string start_of_page() const;
  [[nodiscard]] bool is_out_of_order(const Page& page) const;
  void append(Page page);
  void jump_to_start();
  void collect();
  void check_progress(const Page& page, std::string_view token, std::string_view start_after);
  bool is_wanted(std::string_view key) const;
  [[nodiscard]] sdk::Error no_progress() const;

  const ListPage& list_page_;
  KnownOrder& order_;
  const sdk::Call& call_;
  const Options options_;
  std::string after_;    // entries up to here are dropped
  std::string last_;     // largest key that the service has listed so far
  std::string token_;    // of the next page
  std::string jump_;     // where the next page begins, once; empty: as the token or last_ says
  std::string skipped_;  // entries that begin with this are dropped
  std::vector<KeyEntry> entries_;
  size_t position_ = 0;
  bool asked_ = false;
  bool more_ = true;
  bool returned_ = false;               // the caller has seen an entry
  std::set<size_t> pages_;              // digests of the pages that were read
  std::unique_ptr<SortedKeys> sorted_;  // the whole listing, of a service with another order
};

}  // namespace berth::common

#endif  // BERTH_COMMON_KEY_CURSOR_HPP
