// SPDX-License-Identifier: Apache-2.0
//
// Moves a file without copying it. A move between two directories changes two entries, one after
// the other; a mark on the blob's object 0 says which move is in progress. README.md, "Moves",
// lists the states and steps.
#pragma once

#include <string>

#include "blobs.hpp"
#include "directories.hpp"
#include "files.hpp"
#include "move_marks.hpp"
#include "remove.hpp"

namespace berth::rados {

class Moves {
 public:
  Moves(const Session& session, const Directories& directories, const Blobs& blobs,
        const Files& files, const Removal& removal)
      : session_(session),
        directories_(directories),
        blobs_(blobs),
        files_(files),
        removal_(removal) {}

  void move(const std::string& source, const std::string& destination, const sdk::Call& call) const;

 private:
  // What became of a move whose mover finds that its mark was replaced or removed.
  enum class MoveOutcome {
    proceed,    // the mover continues, under the mark that is there now
    completed,  // another process completed the move
    superseded  // the file went elsewhere or was removed: the mover undoes its entry
  };

  bool try_move(const std::string& source, const std::string& destination, const std::string& blob,
                const BlobInfo& info, const sdk::Call& call) const;
  bool link_destination(const std::string& source, const std::string& destination,
                        const std::string& blob, std::string& replaced,
                        const sdk::Call& call) const;
  bool leave_source(const MoveMark& own, std::string text, const std::string& blob,
                    const BlobInfo& info, const std::string& replaced, const sdk::Call& call) const;
  bool unlink_source(const MoveMark& move, const std::string& text, const std::string& blob,
                     const BlobInfo& info, bool shared, const sdk::Call& call) const;
  void relink_destination(const std::string& destination, const std::string& text,
                          const std::string& blob, const BlobInfo& info,
                          const sdk::Call& call) const;
  MoveOutcome outcome_of(const MoveMark& own, std::string& text, const std::string& blob,
                         const BlobInfo& info, const sdk::Call& call) const;
  void undo_link(const std::string& destination, const std::string& blob,
                 const std::string& replaced, const sdk::Call& call) const;
  bool is_linked(const MoveMark& move, const std::string& blob, const sdk::Call& call) const;
  bool complete(const MoveMark& other, const std::string& blob, const BlobInfo& info,
                const sdk::Call& call) const;
  void create_object_0(const std::string& blob, const BlobInfo& info, const sdk::Call& call) const;

  const Session& session_;
  const Directories& directories_;
  const Blobs& blobs_;
  const Files& files_;
  const Removal& removal_;
  const MoveMarks marks_{session_};
};

}  // namespace berth::rados
