// SPDX-License-Identifier: Apache-2.0
//
// Renaming without copying, and letting go of blobs. While a move between two directories is under
// way both entries name one blob; a mark on the blob says so, and whoever takes one of the entries
// out leaves the bytes to the other.
#pragma once

#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "blobs.hpp"
#include "directories.hpp"

namespace berth::rados {

struct MoveMark {
  std::string token;
  std::time_t since = 0;
  std::string source;
  std::string destination;
};
std::string encode_move(const MoveMark& mark);
std::optional<MoveMark> decode_move(std::string_view text);

class Moves {
 public:
  Moves(const Session& session, const Directories& directories, const Blobs& blobs)
      : session_(session), directories_(directories), blobs_(blobs) {}

  void move(const std::string& source, const std::string& destination, const sdk::Call& call) const;

  // The entry `path` named this blob and does not any more: removes the bytes, unless a move still
  // needs them. `asked`, of Blobs::ask(), may have been started before the entry was changed.
  void let_go(const std::string& blob, const std::string& path, const sdk::Call& call,
              std::unique_ptr<ReadOperation> asked = nullptr) const;

  // The same for many files of one directory, side by side. A failure that is about one blob is
  // logged, and the others go all the same. Before any other is thrown, all that are left are
  // logged.
  void let_go_all(const std::string& directory, const std::vector<OmapEntry>& files,
                  const sdk::Call& call) const;

  // The file's bytes if it has any: a registry gives an empty file no object 0. Nothing: the entry
  // has changed, look again.
  std::optional<BlobInfo> empty_file(const std::string& path, const std::string& blob,
                                     const sdk::Call& call) const;

 private:
  enum class Fate { goes_on, arrived, elsewhere };  // of a move whose maker lost its mark

  bool try_move(const std::string& source, const std::string& destination, const std::string& blob,
                const BlobInfo& info, const sdk::Call& call) const;
  bool move_across(const std::string& source, const std::string& destination,
                   const std::string& blob, std::string& replaced, const sdk::Call& call) const;
  bool leave_source(const MoveMark& move, const std::string& text, const std::string& blob,
                    const BlobInfo& info, bool shared, const sdk::Call& call) const;
  void enter_again(const std::string& destination, const std::string& text, const std::string& blob,
                   const BlobInfo& info, const sdk::Call& call) const;
  Fate fate_of(const MoveMark& own, std::string& text, const std::string& blob,
               const BlobInfo& info, const sdk::Call& call) const;
  std::optional<std::uint64_t> mark(const std::string& blob, const BlobInfo& info,
                                    const std::string& before, const std::string& after,
                                    const sdk::Call& call,
                                    std::optional<std::uint64_t> version = std::nullopt) const;
  void unmark(const std::string& blob, const BlobInfo& info, const std::string& before,
              const sdk::Call& call) const;
  void end(const std::string& blob, const BlobInfo& info, const std::string& before,
           const sdk::Call& call) const;
  bool change_mark(WriteOperation& change, const std::string& blob, const BlobInfo& info,
                   const sdk::Call& call) const;
  void take_back(const std::string& destination, const std::string& blob,
                 const std::string& replaced, const sdk::Call& call) const;
  bool has_both_names(const MoveMark& other, const std::string& blob, const sdk::Call& call) const;
  bool complete(const MoveMark& other, const std::string& blob, const BlobInfo& info,
                const sdk::Call& call) const;
  void let_go_all(const std::string& directory, const std::vector<OmapEntry>& files,
                  std::vector<bool>& done, const sdk::Call& call) const;
  void make_object_0(const std::string& blob, const BlobInfo& info, const sdk::Call& call) const;

  const Session& session_;
  const Directories& directories_;
  const Blobs& blobs_;
};

}  // namespace berth::rados
