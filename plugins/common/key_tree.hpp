// SPDX-License-Identifier: Apache-2.0
//
// Directories over a flat, ordered list of keys: the one place where stat, list, walk and remove of
// the object stores decide what a directory is.
//
// A service offers pages of keys that begin with a prefix. Those of most services are in the order
// of the keys' bytes; other listings are sorted first (key_cursor.hpp). That order is the model's
// walk order, since a directory sorts as its name followed by '/'; so a walk is one flat listing
// with directories inferred where a key enters one.
//
// A key that breaks the path grammar ("a//b", a newline) is reported as it is, and so is a key that
// ends in '/' and has content. One without content only marks a directory and is not reported.
//
// Where both an object "a" and keys below "a/" exist, stat shows the object, list of the parent
// shows it once, list("/a") shows the children, walk shows both, and remove takes both.
#ifndef BERTH_COMMON_KEY_TREE_HPP
#define BERTH_COMMON_KEY_TREE_HPP

#include <atomic>
#include <berth/driver.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
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
  std::optional<uint64_t> size;  // in bytes; nullopt: the listing does not say
  std::optional<int64_t> mtime_ns;
  std::string etag;
};

struct PageRequest {
  std::string_view prefix;
  bool delimited = false;        // group keys at the first '/' after the prefix
  std::string_view start_after;  // only keys after this one; a service that cannot may ignore it
  std::string_view token;        // of the page before, as the service wrote it; empty: none
  size_t limit = 0;              // most entries wanted; 0: as many as the service gives
};

struct Page {
  std::vector<KeyEntry> entries;  // as the service lists them; the prefixes may come apart
  bool more = false;              // the service has further entries
  std::string token;              // for the next page; empty: it is asked by start_after
};

// Asks the service for one page. Throws sdk::Error. May be called from any thread at once.
using ListPage = std::function<Page(const PageRequest&, const sdk::Call&)>;

// Whether the service can begin a listing at any key. One that cannot is read through, and must
// give tokens.
enum class Seek { anywhere, beginning_only };

// In which order a service lists keys. `bytes`: two pages followed each other in that order.
enum class KeyOrder { unknown, bytes, other };
using KnownOrder = std::atomic<KeyOrder>;

// What a driver adds to its listing. Each may be empty.
struct Lookup {
  // Size in bytes of an object that is listed without one; nullopt: it is gone.
  using SizeOf = std::function<std::optional<uint64_t>(const std::string& key, const sdk::Call&)>;
  SizeOf size;

  // Made once a listing: whether an object whose key no path can name is the driver's own record,
  // which is not shown.
  using IsRecord = std::function<bool(const std::string& key)>;
  std::function<IsRecord(const sdk::Call&)> records;
};

class KeyTree {
 public:
  KeyTree(KeySpace keys, ListPage list_page, Seek seek = Seek::anywhere, Lookup lookup = {})
      : keys_(std::move(keys)),
        list_page_(std::move(list_page)),
        seek_(seek),
        lookup_(std::move(lookup)) {}

  [[nodiscard]] const KeySpace& keys() const noexcept { return keys_; }

  // Whether anything is below `path`; "/" always exists. One request.
  [[nodiscard]] bool is_directory(std::string_view path, const sdk::Call& call) const;

  // Both throw PATH_NOT_FOUND when nothing is below `path`, never for "/".
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
  class Lister;

  [[nodiscard]] std::string start_key(std::string_view start_after, const std::string& prefix,
                                      const sdk::Call& call) const;

  const KeySpace keys_;
  const ListPage list_page_;
  const Seek seek_;
  const Lookup lookup_;
  const std::shared_ptr<KnownOrder> order_ = std::make_shared<KnownOrder>(KeyOrder::unknown);
};

}  // namespace berth::common

#endif  // BERTH_COMMON_KEY_TREE_HPP
