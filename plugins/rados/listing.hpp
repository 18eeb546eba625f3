// SPDX-License-Identifier: Apache-2.0
//
// The children of directories in walk order: bytewise, a directory as its name followed by "/". An
// omap is in bytewise order of the bare names, so a directory "a" waits until "a-b" has passed.
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
#include "moves.hpp"

namespace berth::rados {

struct Child {
  std::string name;
  std::string blob;  // "": a directory
  bool directory() const noexcept { return blob.empty(); }
};

// Brings entries that come in order of their names into walk order. Pure.
class WalkOrder {
 public:
  // Only what sorts behind `behind` is wanted; a directory sorts as "name/".
  explicit WalkOrder(std::string behind) : behind_(std::move(behind)) {}

  void push(OmapEntry entry);  // names ascend, but for those of early_names()
  void finish() noexcept { finished_ = true; }
  std::optional<Child> pop();  // nothing: push more, or the end after finish()

  // Names before `behind` whose directories sort behind it: "a" for "a-b".
  std::vector<std::string> early_names() const;

 private:
  const std::string behind_;
  std::map<std::string, Child> waiting_;  // by sort key
  std::string passed_;                    // names up to this one have come
  bool finished_ = false;
};

// The children of one directory, read in pages.
class Children {
 public:
  Children(const Directories& directories, std::string directory, std::string behind);

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

// Where a listing of `directory` begins that goes on behind the path `start_after`.
struct Start {
  bool nothing = false;  // everything here sorts before it
  std::string behind;    // for Children
  std::string inside;    // the child directory that holds start_after; "": none
};
Start start_in(const Directories& directories, const std::string& directory,
               const std::string& start_after, const sdk::Call& call);

// Everything below a directory. `show` turns a stored path into the one the caller knows.
class Walk {
 public:
  using Show = std::function<std::string(const std::string& path)>;
  Walk(const Directories& directories, const Blobs& blobs, const Moves& moves, Show show)
      : directories_(directories), blobs_(blobs), moves_(moves), show_(std::move(show)) {}

  void run(const std::string& directory, const std::string& start_after, const sdk::Sink& sink,
           const sdk::Call& call);

 private:
  struct Item {
    Child child;
    std::unique_ptr<ReadOperation> read;  // of a file
  };
  struct Level {
    Children children;
    std::deque<Item> ahead;
    bool reported;  // the directory itself was
  };
  void enter(const std::string& directory, const std::string& start_after, const sdk::Call& call);
  void push(const std::string& directory, const std::string& behind, bool reported);
  void look_ahead(Level& level, const sdk::Call& call);
  bool step(const sdk::Sink& sink, const sdk::Call& call);
  bool report_file(const std::string& path, Item& item, const sdk::Sink& sink,
                   const sdk::Call& call);

  const Directories& directories_;
  const Blobs& blobs_;
  const Moves& moves_;
  const Show show_;
  std::vector<std::unique_ptr<Level>> levels_;
};

}  // namespace berth::rados
