// SPDX-License-Identifier: Apache-2.0
//
// Finds orphans: blobs that neither a directory entry nor an unfinished upload names, left by a
// crash.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "blobs.hpp"
#include "directories.hpp"
#include "requests.hpp"
#include "resume.hpp"

namespace berth::rados {

// A blob that nothing names.
struct Orphan {
  std::set<std::uint64_t> chunks;
  std::uint64_t bytes = 0;
  std::time_t newest = 0;  // the last change of any chunk
  bool age_known = true;   // false: the time of a move is not readable, so `newest` may be too old
};

class Orphans {
 public:
  Orphans(const Session& session, const Directories& directories, const Uploads& uploads,
          std::chrono::milliseconds min_age)
      : session_(session), directories_(directories), uploads_(uploads), min_age_(min_age) {}

  // Reads the whole pool. Returns the orphans by blob id, without those younger than `min_age`.
  using Found = std::map<std::string, Orphan, std::less<>>;
  Found find(const sdk::Call& call) const;

  // Removes an orphan if it has not changed since it was found.
  void remove(const std::string& blob, const Orphan& found, const sdk::Call& call) const;

 private:
  Found list_blobs(const sdk::Call& call) const;
  void drop_named(Found& blobs, const sdk::Call& call) const;
  void drop_named(Found& blobs, const std::string& directory, const sdk::Call& call) const;
  void add_chunk_numbers(Found& blobs, const sdk::Call& call) const;
  void drop_uploads(Found& blobs, const sdk::Call& call) const;
  void drop_young(Found& blobs, const sdk::Call& call) const;
  bool is_old(const std::string& blob, const Orphan& orphan, std::time_t limit) const;
  void read_age(const std::string& blob, Orphan& orphan, const sdk::Call& call) const;
  void finish_age(ReadOperation& read, Orphan& orphan, const sdk::Call& call) const;

  const Session& session_;
  const Directories& directories_;
  const Uploads& uploads_;
  const std::chrono::milliseconds min_age_;
};

}  // namespace berth::rados
