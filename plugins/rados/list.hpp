// SPDX-License-Identifier: Apache-2.0
//
// Lists directories in walk order: bytewise, with a directory sorted as its name followed by "/".
// An omap sorts by the names without the "/", so a directory "a" is held back until "a-b" was read.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "blobs.hpp"
#include "directories.hpp"
#include "files.hpp"

namespace berth::rados {

struct Child {
  std::string name;
  std::string blob;  // "" for a directory
  bool directory() const noexcept { return blob.empty(); }
};

// Brings entries that are sorted by name into walk order. Pure.
class WalkOrder {
 public:
  // Drops what does not sort after `after`; a directory sorts as "name/".
  explicit WalkOrder(std::string after) : after_(std::move(after)) {}

  void push(OmapEntry entry);  // in ascending order of names, except for those of early_names()
  void finish() noexcept { finished_ = true; }
  std::optional<Child> pop();  // nullopt: push more, or the end after finish()

  // The names before `after` whose directories sort after it: "a" for "a-b".
  std::vector<std::string> early_names() const;

 private:
  const std::string after_;
  std::map<std::string, Child> waiting_;  // by sort key
  std::string passed_;                    // all names up to this one were pushed
  bool finished_ = false;
};

// The children of one directory, read in pages.
class Children {
 public:
  Children(const Directories& directories, std::string directory, std::string after);

  std::optional<Child> next(const sdk::Call& call);
  const std::string& directory() const noexcept { return directory_; }

 private:
  void fetch(const sdk::Call& call);

  const Directories& directories_;
  const std::string directory_;
  WalkOrder order_;
  std::string after_;
  bool begun_ = false, done_ = false;
};

// Where a listing of `directory` begins that continues after the path `start_after`.
struct Start {
  bool nothing = false;  // everything in the directory sorts before it
  std::string after;     // for Children
  std::string inside;    // the child directory that contains start_after; "": none
};
Start start_in(const Directories& directories, const std::string& directory,
               const std::string& start_after, const sdk::Call& call);

// Reports everything below a directory. `show` converts a path in the pool to the store's path.
class Walk {
 public:
  using Show = std::function<std::string(const std::string& path)>;
  Walk(const Directories& directories, const Blobs& blobs, const Files& files, Show show)
      : directories_(directories), blobs_(blobs), files_(files), show_(std::move(show)) {}

  void run(const std::string& directory, const std::string& start_after, const sdk::Sink& sink,
           const sdk::Call& call);

 private:
  struct Item {
    Child child;
    std::unique_ptr<ReadOperation> info;  // null for a directory
  };
  struct Level {
    Children children;
    std::deque<Item> ahead;
    bool reported;  // whether the directory itself was reported
  };
  void enter(const std::string& directory, const std::string& start_after, const sdk::Call& call);
  void push(const std::string& directory, const std::string& after, bool reported);
  void read_ahead(Level& level, const sdk::Call& call);
  bool step(const sdk::Sink& sink, const sdk::Call& call);
  bool report_file(const std::string& path, Item& item, const sdk::Sink& sink,
                   const sdk::Call& call);

  const Directories& directories_;
  const Blobs& blobs_;
  const Files& files_;
  const Show show_;
  std::vector<std::unique_ptr<Level>> levels_;
};

}  // namespace berth::rados
