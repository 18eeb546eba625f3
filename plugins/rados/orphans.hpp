// SPDX-License-Identifier: Apache-2.0
//
// Maintenance: chunk objects that no directory entry and no kept upload names, left by a crash.
// `view: orphans` shows them as a store of their own, so that every verb of the command works on
// them: list them, look into them, copy them away, remove them. The files of the pool are not
// there.
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
#include "operation.hpp"
#include "uploads.hpp"

namespace berth::rados {

// The chunks of a blob that nobody names.
struct Orphan {
  std::set<std::uint64_t> chunks;
  std::uint64_t bytes = 0;
  std::time_t newest = 0;  // the last change of any of them
};

class Orphans {
 public:
  Orphans(const Session& session, const Directories& directories, const Uploads& uploads,
          std::chrono::milliseconds least_age)
      : session_(session), directories_(directories), uploads_(uploads), least_age_(least_age) {}

  // By blob id. Reads the whole pool; no blob younger than the least age is among them.
  std::map<std::string, Orphan, std::less<>> find(const sdk::Call& call) const;

  // Removes one found before, if it has not changed since.
  void remove(const std::string& blob, const Orphan& found, const sdk::Call& call) const;

 private:
  using Chunks = std::map<std::string, Orphan, std::less<>>;
  Chunks list_blobs(const sdk::Call& call) const;
  void drop_named(Chunks& blobs, const sdk::Call& call) const;
  void drop_named(Chunks& blobs, const std::string& directory, const sdk::Call& call) const;
  void number_chunks(Chunks& blobs, const sdk::Call& call) const;
  void drop_uploads(Chunks& blobs, const sdk::Call& call) const;
  void drop_young(Chunks& blobs, const sdk::Call& call) const;
  void age(const std::string& blob, Orphan& orphan, const sdk::Call& call) const;
  void take_age(ReadOperation& asked, Orphan& orphan, const sdk::Call& call) const;

  const Session& session_;
  const Directories& directories_;
  const Uploads& uploads_;
  const std::chrono::milliseconds least_age_;
};

}  // namespace berth::rados
