// SPDX-License-Identifier: Apache-2.0
//
// The mark of a move: an attribute of the blob's object 0 that says which move is in progress. It
// is changed by compare-and-swap only. README.md lists the states of a move.
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "blobs.hpp"

namespace berth::rados {

struct MoveMark {
  std::string token;
  std::time_t since = 0;
  std::string source;
  std::string destination;
};
std::string encode_move(const MoveMark& mark);
std::optional<MoveMark> decode_move(std::string_view text);

// Whether the mark is so old that its mover counts as dead.
bool is_stale(const MoveMark& mark);

// The same mark with the current time.
std::string renewed(const MoveMark& mark);

// `info` is the info of the blob: a change of the mark keeps the time of object 0. `before` is the
// text of the mark that a change expects, "" for none.
class MoveMarks {
 public:
  explicit MoveMarks(const Session& session) : session_(session) {}

  // Sets the mark. Returns the new version of object 0; nullopt if the mark was not `before`, or
  // object 0 did not have this version.
  std::optional<std::uint64_t> set(const std::string& blob, const BlobInfo& info,
                                   const std::string& before, const std::string& after,
                                   const sdk::Call& call,
                                   std::optional<std::uint64_t> version = std::nullopt) const;

  // Removes the mark of a move that did not happen. Does nothing if the mark is not `before`.
  void clear(const std::string& blob, const BlobInfo& info, const std::string& before,
             const sdk::Call& call) const;

  // Removes the mark of a move that is complete, and records it in `berth.moved` for another
  // process that still works on the same move. Does nothing if the mark is not `before`.
  void finish(const std::string& blob, const BlobInfo& info, const std::string& before,
              const sdk::Call& call) const;

 private:
  bool change(WriteOperation& change, const std::string& blob, const BlobInfo& info,
              const sdk::Call& call) const;

  const Session& session_;
};

}  // namespace berth::rados
