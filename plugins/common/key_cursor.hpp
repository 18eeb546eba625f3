// SPDX-License-Identifier: Apache-2.0
//
// Reads a listing page by page as one ordered stream, and refuses a service whose pages do not get
// anywhere.
#ifndef BERTH_COMMON_KEY_CURSOR_HPP
#define BERTH_COMMON_KEY_CURSOR_HPP

#include <string>
#include <string_view>

#include "common/key_tree.hpp"

namespace berth::common {

class KeyCursor {
 public:
  struct Options {
    std::string prefix;
    bool delimited = false;
    std::string start_after;  // empty: from the first key
    Seek seek = Seek::anywhere;
    size_t limit = 0;  // of one page; 0: the service's own
  };

  // The references must outlive the cursor.
  KeyCursor(const ListPage& list_page, const sdk::Call& call, Options options)
      : list_page_(list_page),
        call_(call),
        options_(std::move(options)),
        after_(options_.start_after) {}

  // The next entry, or nullptr at the end. Valid until the next call.
  [[nodiscard]] const KeyEntry* next();

  // Goes on behind all keys that begin with `prefix`, without reading them where the service can.
  void skip(std::string_view prefix);

  // The service has no entries but those already here.
  [[nodiscard]] bool complete() const noexcept { return asked_ && !more_; }

 private:
  void load();
  bool is_wanted(std::string_view key) const;
  void check_progress(const Page& page) const;

  const ListPage& list_page_;
  const sdk::Call& call_;
  const Options options_;
  std::string after_;    // entries up to here are dropped
  std::string last_;     // largest key that the service told so far
  std::string token_;    // of the next page
  std::string skipped_;  // entries that begin with this are dropped
  std::vector<KeyEntry> entries_;
  size_t position_ = 0;
  bool asked_ = false;
  bool more_ = true;
};

}  // namespace berth::common

#endif  // BERTH_COMMON_KEY_CURSOR_HPP
