// SPDX-License-Identifier: Apache-2.0
//
// Directories over a flat, ordered list of keys: the one place where stat, list, walk and remove of
// the object stores decide what a directory is.
//
// A service offers pages of keys that begin with a prefix, in bytewise order. That order is the
// model's walk order already, since a directory sorts as its name followed by '/'; so a walk is one
// flat listing with directories inferred where a key enters one.
//
// Where both an object "a" and keys below "a/" exist, stat shows the object, list of the parent
// shows it once, list("/a") shows the children, walk shows both, and remove takes both.
#ifndef BERTH_COMMON_KEY_TREE_HPP
#define BERTH_COMMON_KEY_TREE_HPP

#include <berth/driver.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/keys.hpp"

namespace berth::common {

// One object of a listing, or one common prefix ("a/b/") of a delimited one.
struct KeyEntry {
  std::string key;
  bool is_prefix = false;
  uint64_t size = 0;
  std::optional<int64_t> mtime_ns;
  std::string etag;
};

struct PageRequest {
  std::string_view prefix;
  bool delimited = false;        // group keys at the first '/' behind the prefix
  std::string_view start_after;  // only keys behind this one; a service that cannot may ignore it
  std::string_view token;        // of the page before, as the service wrote it; empty: none
  size_t limit = 0;              // most entries wanted; 0: as many as the service gives
};

struct Page {
  std::vector<KeyEntry> entries;  // in any order within the page
  bool more = false;              // the service has further entries
  std::string token;              // for the next page; empty: it is asked by start_after
};

// Asks the service for one page. Throws sdk::Error. May be called from any thread at once.
using ListPage = std::function<Page(const PageRequest&, const sdk::Call&)>;

// Whether the service can begin a listing at any key. One that cannot is read through, and must
// give tokens.
enum class Seek { anywhere, beginning_only };

class KeyTree {
 public:
  KeyTree(KeySpace keys, ListPage list_page, Seek seek = Seek::anywhere)
      : keys_(std::move(keys)), list_page_(std::move(list_page)), seek_(seek) {}

  [[nodiscard]] const KeySpace& keys() const noexcept { return keys_; }

  // Whether anything lies below `path`; "/" always exists. One request.
  [[nodiscard]] bool is_directory(std::string_view path, const sdk::Call& call) const;

  // Both throw PATH_NOT_FOUND when nothing lies below `path`, never for "/".
  void list(std::string_view path, const sdk::ListOptions& options, const sdk::Sink& sink,
            const sdk::Call& call) const;
  void walk(std::string_view path, const sdk::ListOptions& options, const sdk::Sink& sink,
            const sdk::Call& call) const;

  // Hands every key that `path` names to `take`, in batches of at most `batch`: the object itself
  // and all keys below path + "/", markers too, never a sibling such as "a-b" of "a". Throws
  // PATH_NOT_FOUND when there is none. One request where the siblings fit a page.
  using TakeKeys = std::function<void(std::vector<std::string>&& keys)>;
  void for_each_key(std::string_view path, size_t batch, const TakeKeys& take,
                    const sdk::Call& call) const;

 private:
  [[nodiscard]] std::string start_key(std::string_view start_after, const std::string& prefix,
                                      const sdk::Call& call) const;

  KeySpace keys_;
  ListPage list_page_;
  Seek seek_;
};

}  // namespace berth::common

#endif  // BERTH_COMMON_KEY_TREE_HPP
