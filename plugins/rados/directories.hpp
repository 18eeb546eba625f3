// SPDX-License-Identifier: Apache-2.0
//
// The tree of directory objects. Writers in any number of processes change it at the same time and
// neither lose entries nor leave empty directories. Each directory has a state, in an attribute
// that the registry does not use:
//
//   none or "alive ..."   it has an entry in its parent, and its entries may be changed
//   "new ..."             a writer is about to add its entry to the parent
//   "dying ..."           it was empty, and one remover is removing its entry from the parent
//
// Invariant: a directory that has entries has an entry in its parent. Two guards keep it:
//
// 1. Every change of an entry expects the state that was read before. A state is used once, since
//    it ends in a random token, so a change that arrives late fails.
// 2. A second attribute, `berth.subdirs`, changes whenever a sub-directory is added or removed. A
//    remover expects the value that it read before it marked the directory "dying".
#pragma once

#include <cstdint>
#include <ctime>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "requests.hpp"

namespace berth::rados {

// What link() may replace.
struct LinkRule {
  bool create_only = false;  // ALREADY_EXISTS if a file exists
  std::optional<std::string>
      replaces;  // PRECONDITION_FAILED unless the file is this blob, "": none
  // Called once, just before the entry is changed, with the current blob at the path, or "".
  std::function<void(const std::string&)> before_change;
};

sdk::Error is_a_directory(const std::string& path);  // the path of a file names a directory

// Whether a link() or rename() that threw this error certainly changed nothing.
bool certainly_not_linked(const sdk::Error& error) noexcept;

// Some entries of one directory, in bytewise order of their names.
struct Page {
  std::vector<OmapEntry> entries;
  bool more = false;
  std::string next;  // the next page starts after this name
};

class Directories {
 public:
  explicit Directories(const Session& session) : session_(session) {}

  // The blob at path, "" for a directory, nullopt if there is no entry.
  std::optional<std::string> find(const std::string& path, const sdk::Call& call) const;

  // Up to `count` entries after the name `after`; nullopt if the directory object does not exist.
  std::optional<Page> page(const std::string& directory, const std::string& after,
                           std::uint64_t count, const sdk::Call& call) const;
  std::vector<OmapEntry> entries(const std::string& directory,
                                 const std::vector<std::string>& names,
                                 const sdk::Call& call) const;
  bool has_children(const std::string& directory, const sdk::Call& call) const;
  std::time_t mtime(const std::string& directory, const sdk::Call& call) const;

  // Sets the entry of path to the blob and creates the parents. Returns the blob that it replaced,
  // or "".
  std::string link(const std::string& path, const std::string& blob, const LinkRule& rule,
                   const sdk::Call& call) const;

  // Removes the entry if it is still this blob.
  bool unlink(const std::string& path, const std::string& blob, const sdk::Call& call) const;

  // Removes all these entries, or none if one of them has changed.
  bool unlink_all(const std::string& directory, const std::vector<OmapEntry>& files,
                  const sdk::Call& call) const;

  // Renames inside one directory, atomically. False: the source is no longer this blob.
  bool rename(const std::string& source, const std::string& destination, const std::string& blob,
              std::string& replaced, const sdk::Call& call) const;

  // Removes the directory if it is empty, then its parents likewise.
  void prune(std::string directory, const sdk::Call& call) const;
  bool remove_if_empty(const std::string& directory, const sdk::Call& call) const;

 private:
  struct Snapshot;
  struct Dying {
    std::string state;  // of the directory
    std::uint64_t version = 0;
    std::string subdirs;  // of its parent
  };
  enum class Marked { yes, no, retry };

  Snapshot snapshot(const std::string& directory, const std::vector<std::string>& names,
                    const sdk::Call& call) const;
  std::string prepare(const std::string& directory, const Snapshot& seen,
                      const sdk::Call& call) const;
  void make_root(const sdk::Call& call) const;
  void link_directory(const std::string& directory, const sdk::Call& call) const;
  void refuse_directory(const std::string& path, int attempt, const sdk::Call& call) const;
  Marked mark_dying(const std::string& directory, Dying& dying, const sdk::Call& call) const;
  bool remove_marked(const std::string& directory, const Dying& dying, const sdk::Call& call) const;
  bool unlink_directory(const std::string& directory, const std::string& state, std::string subdirs,
                        const sdk::Call& call) const;
  std::string state_of(const std::string& directory, const sdk::Call& call) const;
  void revive(const std::string& directory, const sdk::Call& call) const;

  const Session& session_;
};

}  // namespace berth::rados
