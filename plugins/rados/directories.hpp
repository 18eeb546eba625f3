// SPDX-License-Identifier: Apache-2.0
//
// The tree of directory objects. Each has a state in an attribute that the registry does not see,
// so that writers of any number of processes neither lose entries nor leave empty directories:
//
//   none or "alive ..."   it is entered in its parent, and its entries may be changed
//   "new ..."             one writer is about to enter it in its parent
//   "dying ..."           it was empty, and one remover is taking it out of its parent
//
// Every change of an entry asks for the state it saw; each state is used once, so a change that
// comes late does not happen. A second attribute changes with each sub-directory that is entered or
// taken out: a remover that took the old one for true does nothing.
#pragma once

#include <cstdint>
#include <ctime>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "operation.hpp"

namespace berth::rados {

// What link() may replace.
struct LinkRule {
  bool create_only = false;             // ALREADY_EXISTS if there is a file
  std::optional<std::string> replaces;  // PRECONDITION_FAILED unless the file is this blob
  // Once, when all but the change of the entry is done; told the blob that is there, or "".
  std::function<void(const std::string&)> before_change;
};

sdk::Error is_a_directory(const std::string& path);  // where a file shall be

// A link() or rename() that failed so has certainly not happened.
bool certainly_not_linked(const sdk::Error& error) noexcept;

// Some entries of one directory, in bytewise order of their names.
struct Page {
  std::vector<OmapEntry> entries;
  bool more = false;
  std::string next;  // ask for what comes after it
};

class Directories {
 public:
  explicit Directories(const Session& session) : session_(session) {}

  // The blob at path, "" for a directory, nothing if there is no entry.
  std::optional<std::string> find(const std::string& path, const sdk::Call& call) const;

  // Some of the entries behind `after`; nothing if there is no such directory object.
  std::optional<Page> page(const std::string& directory, const std::string& after,
                           std::uint64_t count, const sdk::Call& call) const;
  std::vector<OmapEntry> entries(const std::string& directory,
                                 const std::vector<std::string>& names,
                                 const sdk::Call& call) const;
  bool has_children(const std::string& directory, const sdk::Call& call) const;
  std::time_t mtime(const std::string& directory, const sdk::Call& call) const;

  // Points path at the blob and makes the parents. Returns the blob that was there, or "".
  std::string link(const std::string& path, const std::string& blob, const LinkRule& rule,
                   const sdk::Call& call) const;

  // Takes the entry out if it still is this blob.
  bool unlink(const std::string& path, const std::string& blob, const sdk::Call& call) const;

  // Takes all these files out, or none if one has changed.
  bool unlink_all(const std::string& directory, const std::vector<OmapEntry>& files,
                  const sdk::Call& call) const;

  // Renames inside one directory, at once; false: the source is not this blob any more.
  bool rename(const std::string& source, const std::string& destination, const std::string& blob,
              std::string& replaced, const sdk::Call& call) const;

  // Removes the directory if nothing is in it, and then its parents likewise.
  void prune(std::string directory, const sdk::Call& call) const;
  bool remove_if_empty(const std::string& directory, const sdk::Call& call) const;

 private:
  struct Seen;
  struct Dying {
    std::string state;  // of the directory
    std::uint64_t version = 0;
    std::string subdirs;  // of its parent
  };
  enum class Marked { yes, no, look_again };

  Seen look(const std::string& directory, const std::vector<std::string>& names,
            const sdk::Call& call) const;
  std::string make_ready(const std::string& directory, const Seen& seen,
                         const sdk::Call& call) const;
  void make_root(const sdk::Call& call) const;
  void enter(const std::string& directory, const sdk::Call& call) const;
  void refuse_directory(const std::string& path, int attempt, const sdk::Call& call) const;
  Marked mark_dying(const std::string& directory, Dying& dying, const sdk::Call& call) const;
  bool remove_marked(const std::string& directory, const Dying& dying, const sdk::Call& call) const;
  bool take_out(const std::string& directory, const std::string& state, std::string subdirs,
                const sdk::Call& call) const;
  std::string state_of(const std::string& directory, const sdk::Call& call) const;
  void revive(const std::string& directory, const sdk::Call& call) const;

  const Session& session_;
};

}  // namespace berth::rados
